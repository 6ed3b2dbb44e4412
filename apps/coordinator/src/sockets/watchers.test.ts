import { type EventsFrame, type Run, routes, type Subscribed, WATCH_NAMESPACE } from '@tributary/protocol'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { someRunRequest } from '../testing/http-world.ts'
import { type SocketWorld, socketWorld } from './testing/socket-world.ts'

let world: SocketWorld
let run: Run
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  world = await socketWorld()
  run = await world.post<Run>(routes.federationRuns(world.federation), someRunRequest)
})
afterEach(() => world.disconnectAll())
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await world.close()
})

const watcher = () => world.connect(WATCH_NAMESPACE, world.hub.adminToken)

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
