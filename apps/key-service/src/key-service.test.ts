import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobRunner } from '@tributary/party'
import { fingerprintOf, PROTOCOL_VERSION, type RegisterParty, routes } from '@tributary/protocol'
import { type FastifyInstance, fastify } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RunningKeyService, startKeyService } from './key-service.ts'

const federation = 'fed_0123456789abcdef'
const place = { participant: 'par_0123456789abcdef', name: 'keys', federation }
const me = { ...place, account: 'acc_0123456789abcdef', role: 'institution' }
let folder: string
let hub: FastifyInstance
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-key-service-'))
  hub = await hubOfOne()
})
afterEach(async () => {
  await hub.close()
  rmSync(folder, { recursive: true })
})

/** Lets one party in and has no runs. */
async function hubOfOne(): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true })
  app.post(routes.join, async (request) => {
    const { token = 'trb_i_token' } = request.body as { token?: string }
    return { ...me, token, protocol: PROTOCOL_VERSION }
  })
  app.get(routes.me, async () => ({ ...me, allowedActions: [] }))
  app.put(routes.party(federation), async (request) => {
    const party = request.body as RegisterParty
    return { ...party, ...place, fingerprint: fingerprintOf(party.keys), online: false }
  })
  app.get(routes.federationVerticalRuns(federation), async () => [])
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app
}

const noJobs: JobRunner = {
  run: () => Promise.reject(new Error('there are no runs')),
  forget: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

function start(port: number): Promise<RunningKeyService> {
  const address = hub.server.address() as { port: number }
  return startKeyService({
    url: `http://127.0.0.1:${address.port}`,
    invite: 'AAAA-BBBB-CCCC-DDDD',
    name: 'keys',
    dataDir: join(folder, 'keys'),
    passphrase: 'correct horse battery staple',
    host: '127.0.0.1',
    port,
    peers: {},
    approve: () => false,
    logLevel: 'silent',
    environment: {},
    jobs: noJobs,
  })
}

it('gives its tokens at the first start that succeeds, and only there', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  await expect(start(port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await new Promise((resolve) => taken.close(resolve))
  const first = await start(0)
  const headers = { authorization: `Bearer ${first.tokens?.operator}` }
  expect((await fetch(`${first.url}/api/v1/runs`, { headers })).status).toBe(200)
  await first.close()
  const second = await start(0)
  expect(second.tokens).toBeNull()
  expect((await fetch(`${second.url}/api/v1/runs`, { headers })).status).toBe(200)
  await second.close()
})
