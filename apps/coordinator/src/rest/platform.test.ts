import { Writable } from 'node:stream'
import { type FederationId, routes } from '@tributary/protocol'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld } from '../testing/http-world.ts'
import { uploadRoutes } from '../uploads/upload-routes.ts'

describe('for operators', () => {
  let world: HttpWorld
  beforeAll(async () => {
    const unused = () => {
      throw new Error('no upload comes here')
    }
    world = await httpWorld({ plugins: [uploadRoutes(unused)] })
  })
  afterAll(() => world.close())

  it('describes every route of the protocol in OpenAPI', async () => {
    const document = (await world.call(routes.openapi)).json<{ openapi: string; paths: Record<string, unknown> }>()
    expect(document.openapi).toBe('3.1.0')
    const names = [':a', ':b'] as const
    const expected = Object.values(routes)
      .map((route) => (typeof route === 'string' ? route : route(...names)))
      .filter((path) => path.startsWith('/api/'))
      .map((path) => path.replaceAll(/:\w+/g, '{}'))
    const described = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'))
    expect(described.sort()).toEqual([...new Set(expected)].sort())
    expect(expected.length).toBeGreaterThan(15)
  })

  it('is alive, ready, and not ready when the store is not', async () => {
    expect((await world.call(routes.health)).json()).toEqual({ status: 'alive' })
    expect((await world.call(routes.ready)).json()).toEqual({ status: 'ready' })
    const { store } = world.coordinator
    const { ping } = store
    store.ping = () => Promise.reject(new Error('gone'))
    const answer = await world.call(routes.ready)
    store.ping = ping
    expect([answer.statusCode, errorOf(answer).code]).toEqual([503, 'unavailable'])
  })

  it('measures by route, with no id and no name of anybody in a label', async () => {
    const fed: FederationId = await world.federation('secret-hospital')
    await world.call(routes.federation(fed), { token: world.admin })
    const { body, headers } = await world.call(routes.metrics)
    expect(headers['content-type']).toContain('text/plain')
    expect(body).toContain('tributary_http_seconds_count{method="GET",route="/api/v1/federations/:federation",status="200"} 1')
    expect(body).toContain('process_cpu_seconds_total')
    expect(body).not.toContain(fed)
    expect(body).not.toContain('secret-hospital')
  })

  it('serves a status page that runs no script but its own', async () => {
    const page = await world.call('/')
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe-inline')
    expect(page.headers['strict-transport-security']).toBeUndefined()
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    const addresses = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string)
    expect(addresses.sort()).toEqual(['/status.css', '/status.js'])
    for (const address of addresses) expect((await world.call(address)).statusCode).toBe(200)
    // Neither a script's text nor a handler nor a style in the page itself.
    expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)|<script[^>]*>[^<]|\son\w+=|\sstyle=|<style/)
    expect((await world.call('/status.js')).body).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/)
  })

  it('creates an admin once', async () => {
    expect(world.admin).toMatch(/^trb_a_/)
    expect(await world.coordinator.store.countAccounts('admin')).toBe(1)
  })
})

it('writes no token, code or Authorization header into the log, at any level', async () => {
  let log = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk)
      done()
    },
  })
  const world = await httpWorld({ logger: pino({ level: 'trace' }, sink) })
  const fed = await world.federation('ours')
  const { code } = await world.invite(fed)
  const member = (await world.join(code, 'hospital')).json<{ token: string }>().token
  await world.join(code, 'again')
  await world.call(routes.me, { token: member })
  await world.call(routes.me, { token: `${member}x` })
  await world.call('/nowhere', { token: member })
  await world.call(routes.federations, { method: 'POST', token: world.admin, body: { name: 7, code } })
  const { store } = world.coordinator
  store.federations = () => Promise.reject(new Error('broken'))
  await world.call(routes.federations, { token: member })
  await world.close()
  expect(log).toContain('a request broke')
  for (const secret of [code, code.replaceAll('-', ''), member, world.admin, 'Bearer', 'authorization'])
    expect(log.toLowerCase()).not.toContain(secret.toLowerCase())
  expect(log).not.toContain('incoming request')
})
