import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import { answerErrors } from '../rest/error-answers.ts'
import { dashboardRoutes } from './dashboard-routes.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-dashboard-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

async function serve(name: string) {
  const app = fastify()
  answerErrors(app)
  app.get('/api/v1/me', async () => ({ me: true }))
  await app.register(dashboardRoutes(join(folder, name)))
  return app
}

describe('with a built dashboard', async () => {
  await mkdir(join(folder, 'built/assets'), { recursive: true })
  await writeFile(join(folder, 'built/index.html'), '<title>Dashboard</title>')
  await writeFile(join(folder, 'built/assets/main-1a2b.js'), 'plain')
  await writeFile(join(folder, 'built/assets/main-1a2b.js.gz'), 'packed')
  const app = await serve('built')

  it.each(['/', '/runs', '/runs/run_abcdefgh?tab=rounds', '/join'])('answers %s with the page', async (url) => {
    const answer = await app.inject({ url })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.headers['cache-control']).toBe('no-cache')
    expect(answer.body).toContain('Dashboard')
  })

  it('hands out assets for good, packed for who takes that', async () => {
    const packed = await app.inject({ url: '/assets/main-1a2b.js', headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['content-type']).toContain('javascript')
    expect(packed.headers['cache-control']).toContain('immutable')
    const plain = await app.inject({ url: '/assets/main-1a2b.js' })
    expect(plain.body).toBe('plain')
  })

  it.each(['/api/v1/nothing', '/assets/missing.js', '/assets/%2e%2e%2findex.html', '/metrics'])(
    'does not answer %s with the page',
    async (url) => {
      const answer = await app.inject({ url })
      expect(answer.statusCode).toBe(404)
      expect(answer.headers['content-type']).toContain('application/json')
    },
  )

  it('leaves the API alone', async () => {
    expect((await app.inject({ url: '/api/v1/me' })).json()).toEqual({ me: true })
  })
})

describe('without a built dashboard', () => {
  it('serves the plain status page', async () => {
    const app = await serve('missing')
    expect((await app.inject({ url: '/' })).body).toContain('/status.js')
    expect((await app.inject({ url: '/runs' })).statusCode).toBe(404)
  })
})
