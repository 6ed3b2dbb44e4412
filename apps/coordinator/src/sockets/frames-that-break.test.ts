import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type EventsFrame, type FederationId, PROTOCOL_VERSION, type RunId, WATCH_NAMESPACE } from '@tributary/protocol'
import { Server } from 'socket.io'
import { io as connect, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CommittedEvents, EventFeed } from '../rounds/event-feed.ts'
import { serveWatchers, type WatchDeps, type WatchNamespace } from './watchers.ts'

const [odd, even] = ['run_odd0000000000', 'run_even000000000'] as RunId[] as [RunId, RunId]
const federation = 'fed_0123456789abcdef' as FederationId

let io: Server
let socket: Socket
let close: () => Promise<void>
let feed: EventFeed
let errors: string[]
let heads: Map<RunId, number>

beforeEach(async () => {
  errors = []
  feed = new EventFeed()
  heads = new Map([odd, even].map((run) => [run, 0]))
  const http = createServer()
  io = new Server(http, { transports: ['websocket'], serveClient: false })
  const caller = { role: 'admin', federation: null, own: null }
  const headOf = async (run: RunId) => ({ federation, stream: 's', headSeq: heads.get(run) })
  const broken = () => {
    throw new Error('no view')
  }
  const deps = {
    store: { run: headOf, events: async () => [], vertical: { run: async () => null } },
    engine: { feed, presence: { names: () => broken() }, live: () => broken() },
    vertical: { feed: new EventFeed() },
    accounts: { connect: async () => ({ caller }), options: { publicUrl: null }, ends: { subscribe: () => () => {} } },
    isTrustedProxy: null,
    views: () => ({ whole: false, name: (name: string) => name, id: (id: string) => id, single: () => true }),
    progress: { take: () => [{ run: odd, participants: [] }], forget: () => {} },
    limits: { socketCallsPerMinute: 10 },
    now: Date.now,
    onError: (error: Error) => errors.push(error.message),
  } as unknown as WatchDeps
  const watchers = serveWatchers(io.of(WATCH_NAMESPACE) as unknown as WatchNamespace, deps)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  socket = connect(`http://127.0.0.1:${(http.address() as AddressInfo).port}${WATCH_NAMESPACE}`, {
    auth: { protocol: PROTOCOL_VERSION, token: 'x' },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  close = async () => {
    socket.disconnect()
    watchers.close()
    await io.close()
  }
})
afterEach(() => close())

/** Tells of the next event of a run. */
function publish(run: RunId, event: unknown): void {
  const seq = (heads.get(run) ?? 0) + 1
  heads.set(run, seq)
  feed.publish({
    run,
    federation,
    stream: 's',
    headSeq: seq,
    events: [{ run, stream: 's', seq, event }],
  } as unknown as CommittedEvents)
}
const metric = { type: 'metric', data: { round: 1, scope: 'global', name: 'loss', participant: null, value: 1 } }

it('are reported, and neither the others nor the next ones are lost', { timeout: 30_000 }, async () => {
  const seen: string[] = []
  socket.on('events', ({ run, events }: EventsFrame) => seen.push(...events.map(({ seq }) => `${run} ${seq}`)))
  for (const run of [odd, even])
    expect(await socket.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })).toMatchObject({ ok: true })
  const heartbeat = new Promise((resolve) => socket.once('heartbeat', resolve))
  publish(odd, { type: 'round.opened', data: null })
  publish(even, metric)
  await expect.poll(() => seen, { timeout: 5_000 }).toEqual([`${even} 1`])
  publish(odd, metric)
  await expect.poll(() => seen, { timeout: 5_000 }).toEqual([`${even} 1`, `${odd} 2`])
  await heartbeat
  expect(errors).toEqual(expect.arrayContaining([expect.stringContaining('null'), 'no view']))
})
