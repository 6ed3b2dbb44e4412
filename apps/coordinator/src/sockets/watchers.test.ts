import {
  type EventsFrame,
  type FederationId,
  PARTICIPANT_NAMESPACE,
  type ProgressFrame,
  type Run,
  routes,
  type Subscribed,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
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

it('presence is told of each federation to who watches runs of several, also where it does not change any more', async () => {
  const federations = [world.federation]
  for (const name of ['theirs', 'others'])
    federations.push((await world.post<{ id: FederationId }>(routes.federations, { name })).id)
  const socket = await watcher()
  const told = new Set<string>()
  socket.on('presence', ({ federation }: { federation: string }) => told.add(federation))
  for (const federation of federations) {
    const run = await world.post<Run>(routes.federationRuns(federation), someRunRequest)
    expect(await socket.emitWithAck('subscribe', { run: run.id, stream: null, lastSeq: 0 })).toMatchObject({ ok: true })
  }
  await expect.poll(() => [...told].sort(), { timeout: 5_000 }).toEqual(federations.toSorted())
})

it('progress of several runs in the same moment is told to who watches them all', async () => {
  const runs: Run[] = []
  for (let n = 0; n < 3; n += 1) runs.push(await world.post<Run>(routes.federationRuns(world.federation), someRunRequest))
  const socket = await watcher()
  const told = new Map<string, number>()
  socket.on('progress', ({ run, participants }: ProgressFrame) => told.set(run, participants[0]?.loss ?? Number.NaN))
  for (const { id: run } of runs)
    expect(await socket.emitWithAck('subscribe', { run, stream: null, lastSeq: 0 })).toMatchObject({ ok: true })
  const institution = await world.connect(PARTICIPANT_NAMESPACE, await world.member('alder'))
  const report = { round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: 1 }
  for (const [n, { id: run }] of runs.entries()) institution.emit('progress', { run, ...report, loss: n })
  await expect.poll(() => runs.map(({ id }) => told.get(id)), { timeout: 5_000 }).toEqual([0, 1, 2])
})
