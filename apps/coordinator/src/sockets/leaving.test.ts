import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type FederationId,
  PARTICIPANT_NAMESPACE,
  PROTOCOL_VERSION,
  type ProgressFrame,
  type Run,
  routes,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type RunningCoordinator, startCoordinator } from '../server.ts'

let dataDir: string
let hub: RunningCoordinator
let federation: FederationId
const sockets: Socket[] = []

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-leaving-'))
  const limits = { socketCallsPerMinute: 5 }
  hub = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent', limits })
  federation = (await post<{ id: FederationId }>(routes.federations, { name: 'ours' })).id
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(async () => {
  await hub.close()
  rmSync(dataDir, { recursive: true })
})

async function post<Body>(path: string, body: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/json' }
  const answer = await fetch(hub.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Body
}

async function connect(namespace: string, token: string | null): Promise<Socket> {
  const auth = { protocol: PROTOCOL_VERSION, token }
  const socket = io(hub.url + namespace, { auth, transports: ['websocket'], forceNew: true, reconnection: false })
  sockets.push(socket)
  await new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(undefined))
    socket.once('connect_error', reject)
  })
  return socket
}

async function member(name: string): Promise<string> {
  const { code } = await post<{ code: string }>(routes.invites(federation), { role: 'institution' })
  return (await post<{ token: string }>(routes.join, { protocol: PROTOCOL_VERSION, code, name })).token
}
const ready = (socket: Socket) => socket.emitWithAck('ready', { samples: 4, backend: 'none', clientVersion: 'test' })

it('is acknowledged and then cut, and nothing is taken any more from who has left', { timeout: 60_000 }, async () => {
  const model = { name: 'softmax', inputShape: [4], outputs: 2 }
  const config = { model, rounds: 1, seed: 7, selection: { fraction: 1, minimum: 2 } }
  const run = await post<Run>(routes.federationRuns(federation), { name: 'seen', config, start: true })
  const [alder, birch] = [
    await connect(PARTICIPANT_NAMESPACE, await member('alder')),
    await connect(PARTICIPANT_NAMESPACE, await member('birch')),
  ]
  const watching = await connect(WATCH_NAMESPACE, hub.adminToken)
  const told: string[] = []
  watching.on('progress', ({ participants }: ProgressFrame) =>
    told.push(...participants.map(({ name, loss }) => `${name} ${loss}`)),
  )
  await watching.emitWithAck('subscribe', { run: run.id, stream: null, lastSeq: 0 })
  const progress = (socket: Socket, loss: number) =>
    socket.emit('progress', { run: run.id, round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: 1, loss })
  for (const socket of [alder, birch]) await ready(socket)

  const cut = new Promise((resolve) => birch.once('disconnect', resolve))
  expect(await birch.emitWithAck('leave', { reason: 'our project ends' })).toEqual({ ok: true })
  progress(birch, 13)
  progress(alder, 1)
  await expect.poll(() => told, { timeout: 10_000 }).toContain('alder 1')
  expect(told).not.toContain('birch 13')
  expect(await cut).toBe('io server disconnect')
  expect(alder.connected).toBe(true)
})

it('ready is taken so many times a minute from one participant, by whatever connections', { timeout: 60_000 }, async () => {
  const token = await member('cedar')
  const answers: unknown[] = []
  for (let n = 0; n < 3; n += 1) {
    const socket = await connect(PARTICIPANT_NAMESPACE, token)
    for (let said = 0; said < 2; said += 1) answers.push(await ready(socket))
    socket.disconnect()
    // Its place is free once the hub has noticed.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect(answers.slice(0, 5)).toEqual(Array(5).fill({ ok: true }))
  expect(answers[5]).toMatchObject({ ok: false, error: { code: 'rate_limited', details: { limit: 5, window: '1 minute' } } })
})
