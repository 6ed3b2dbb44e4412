import {
  type ErrorBody,
  type EventsFrame,
  type Run,
  type RunEvent,
  routes,
  type Subscribed,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { someHash } from '../storage/store-fixtures.ts'
import { someRunRequest } from '../testing/http-world.ts'
import { watchTurns } from '../testing/longest-turn.ts'
import { pauseReading } from './testing/paused.ts'
import { type SocketWorld, socketWorld } from './testing/socket-world.ts'

const EVENTS = 4_900
type Answer = { ok: true; subscribed: Subscribed } | { ok: false; error: ErrorBody }

let world: SocketWorld
let institution: string
let long: Run
let short: Run[]

beforeAll(async () => {
  world = await socketWorld()
  const { store, federation } = world
  institution = await world.member('alder')
  const runs = [0, 1, 2, 3].map(() => world.post<Run>(routes.federationRuns(federation), someRunRequest))
  ;[long, ...short] = (await Promise.all(runs)) as [Run, ...Run[]]
  const accepted = (n: number): RunEvent => ({
    type: 'update.accepted',
    data: {
      round: n + 1,
      participant: 'par_0123456789abcdef' as never,
      name: 'birch-of-the-other-side',
      sha256: someHash(),
      samples: 100,
      bytes: 31_464,
      seconds: 1.5,
      loss: 0.25,
      backend: 'wasm',
    },
  })
  const events = Array.from({ length: EVENTS - long.headSeq }, (_, n) => accepted(n))
  const { version: expectedVersion = 0 } = (await store.run(long.id)) ?? {}
  await store.commitRun({ run: long.id, expectedVersion, at: new Date(), events })
}, 60_000)
afterEach(() => world.disconnectAll())
afterAll(() => world.close())

const watcher = () => world.connect(WATCH_NAMESPACE, institution)
const subscription = (run: Run) => ({ run: run.id, stream: null, lastSeq: 0 })
const subscribe = (socket: Socket, run: Run) => socket.emitWithAck('subscribe', subscription(run)) as Promise<Answer>

it('stays awake under 400 subscriptions of one who reads nothing, and answers each once it is read', {
  timeout: 120_000,
}, async () => {
  const [deaf, other] = [await watcher(), await watcher()]
  await subscribe(other, short[0] as Run)
  const resume = pauseReading(deaf)
  const answers: Answer[] = []
  const seqs: number[] = []
  deaf.on('events', ({ events }: EventsFrame) => seqs.push(...events.map(({ seq }) => seq)))
  const heartbeat = new Promise((resolve) => other.once('heartbeat', resolve))
  const before = process.memoryUsage().heapUsed
  let most = before
  const looking = setInterval(() => {
    most = Math.max(most, process.memoryUsage().heapUsed)
  }, 50)
  const stop = watchTurns()
  for (let n = 0; n < 400; n += 1) deaf.emit('subscribe', subscription(long), (answer: Answer) => answers.push(answer))
  await heartbeat
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const longest = stop()
  clearInterval(looking)
  // Both bounds are wide; one event loop for all took half a minute and more than a gigabyte.
  expect(longest).toBeLessThan(1_500)
  expect((most - before) / 2 ** 20).toBeLessThan(300)

  resume()
  await expect.poll(() => [answers.length, seqs.at(-1)], { timeout: 60_000 }).toEqual([400, EVENTS])
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]))
  expect(refused).toHaveLength(340)
  expect(refused[0]).toMatchObject({ code: 'rate_limited', details: { limit: 60, window: '1 minute' } })
  expect(Number(refused[0]?.details.retryAfter)).toBeGreaterThan(0)
  // Those that were replaced stopped where they were.
  expect(seqs.length).toBeLessThan(4 * EVENTS)
})

it('refuses no page that comes back and subscribes to a few runs, and brings it everything in order', {
  timeout: 60_000,
}, async () => {
  for (let n = 0; n < 10; n += 1) {
    const page = await watcher()
    const answers = await Promise.all(short.map((run) => subscribe(page, run)))
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true])
    page.disconnect()
  }
  const page = await watcher()
  const seen = new Map<string, number[]>()
  page.on('events', ({ run, events }: EventsFrame) => seen.set(run, [...(seen.get(run) ?? []), ...events.map(({ seq }) => seq)]))
  for (const run of [long, ...short]) expect(await subscribe(page, run)).toMatchObject({ ok: true })
  const [first] = short
  await world.post(routes.runActions(first?.id ?? ''), { action: 'cancel', reason: 'x', idempotencyKey: 'cancel-it' })
  const gapless = (length: number) => Array.from({ length }, (_, index) => index + 1)
  await expect
    .poll(() => [...seen.values()].map((seqs) => seqs.length), { timeout: 20_000 })
    .toEqual([EVENTS, expect.toSatisfy((length: number) => length >= 2), 1, 1])
  for (const seqs of seen.values()) expect(seqs).toEqual(gapless(seqs.length))
})
