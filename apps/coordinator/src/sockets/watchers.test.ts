import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type EventsFrame,
  type FederationId,
  PROTOCOL_VERSION,
  type Run,
  routes,
  type Subscribed,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type RunningCoordinator, startCoordinator } from '../server.ts'
import { someRunRequest } from '../testing/http-world.ts'

let dataDir: string
let hub: RunningCoordinator
let run: Run
const sockets: Socket[] = []
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-watchers-'))
  hub = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent' })
  const { id } = await post<{ id: FederationId }>(routes.federations, { name: 'ours' })
  run = await post<Run>(routes.federationRuns(id), someRunRequest)
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await hub.close()
  rmSync(dataDir, { recursive: true })
})

async function post<Body>(path: string, body: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/json' }
  const answer = await fetch(hub.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Body
}

async function watcher(): Promise<Socket> {
  const auth = { protocol: PROTOCOL_VERSION, token: hub.adminToken }
  const socket = io(hub.url + WATCH_NAMESPACE, { auth, transports: ['websocket'], forceNew: true, reconnection: false })
  sockets.push(socket)
  await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
  return socket
}

it('outlives a subscription with something else in the place of its callback, and serves it and others', async () => {
  const [odd, other] = [await watcher(), await watcher()]
  const frames: EventsFrame[] = []
  odd.on('events', (frame: EventsFrame) => frames.push(frame))
  const subscription = { run: run.id, stream: null, lastSeq: 0 }
  odd.emit('subscribe', subscription, 'x')
  odd.emit('subscribe', { ...subscription, run: 'run_nothing00' }, 'x')
  odd.emit('subscribe', 'x', 'x')
  odd.emit('subscribe')
  await vi.waitFor(() => expect(frames.map(({ run: of }) => of)).toEqual([run.id]), { timeout: 20_000 })
  const answer = (await other.emitWithAck('subscribe', subscription)) as { ok: true; subscribed: Subscribed }
  expect(answer).toMatchObject({ ok: true, subscribed: { run: run.id, headSeq: run.headSeq, snapshot: false } })
  // A refusal has its turn as well before this is asked.
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(unhandled).toEqual([])
})

it('says what is wrong with a subscription', async () => {
  const socket = await watcher()
  expect(await socket.emitWithAck('subscribe', { run: run.id, stream: null })).toMatchObject({
    ok: false,
    error: { code: 'bad_request', details: { issues: expect.stringContaining('lastSeq') } },
  })
  expect(await socket.emitWithAck('subscribe', { run: 'run_nothing00', stream: null, lastSeq: 0 })).toMatchObject({
    ok: false,
    error: { code: 'not_found' },
  })
})
