import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RunStore } from './run-store.ts'
import { type FakeEvent, FakeHub, type FakeState, fakeRun, foldFake, type Mishap } from './testing/fake-hub.ts'
import { VirtualTime } from './testing/virtual-time.ts'

function world(time = new VirtualTime()) {
  const hub = new FakeHub(time)
  const store = new RunStore<FakeState, FakeEvent>({
    run: fakeRun,
    connection: hub.connection,
    history: hub.history,
    timing: time,
    fold: foldFake,
  })
  return { time, hub, store }
}

const seqs = (store: RunStore<FakeState, FakeEvent>) => [...(store.view().state?.seqs ?? [])].sort((a, b) => a - b)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/** The state holds every event once; the event list is gapless up to the head. */
function expectWhole({ hub, store }: ReturnType<typeof world>) {
  expect(seqs(store)).toEqual(upTo(hub.log.length))
  const list = store.view().events.map(({ seq }) => seq)
  const first = list[0] ?? hub.log.length + 1
  expect(list).toEqual(upTo(hub.log.length).filter((seq) => seq >= first))
  for (const event of store.view().events) expect(event).toEqual(hub.log[event.seq - 1])
}

it('begins with a snapshot and goes on with what the connection sends', async () => {
  const { time, hub, store } = world()
  hub.add(10)
  store.open()
  await time.pass(100)
  expect(store.view().connection).toBe('live')
  hub.add(3)
  hub.flush()
  await time.pass(10)
  expectWhole({ time, hub, store })
  expect(hub.snapshots).toBe(1)
  expect(hub.requests.every((range) => range.startsWith('8-'))).toBe(true)
})

it('fetches exactly the hole, at once when a later frame shows it and by the heartbeat when none does', async () => {
  const { time, hub, store } = world()
  hub.add(5)
  store.open()
  await time.pass(200)
  hub.requests.length = 0
  hub.mishap = () => 'lost'
  hub.add(2)
  hub.flush()
  hub.mishap = () => 'none'
  hub.add(1)
  hub.flush()
  await time.pass(100)
  expectWhole({ time, hub, store })
  expect(hub.requests[0]).toBe('5-8')
  hub.requests.length = 0
  hub.mishap = () => 'lost'
  hub.add(4)
  hub.flush()
  await time.pass(4_000)
  hub.heartbeat()
  await time.pass(1_500)
  expectWhole({ time, hub, store })
  expect(hub.requests).toEqual(['8-Infinity'])
})

it('does not ask for what a heartbeat announced and the next frame brings', async () => {
  const { time, hub, store } = world()
  store.open()
  await time.pass(200)
  hub.requests.length = 0
  hub.add(2)
  hub.heartbeat()
  await time.pass(250)
  hub.flush()
  await time.pass(2_000)
  expectWhole({ time, hub, store })
  expect(hub.requests).toEqual([])
})

it('drops what it knows and asks for nothing when frames repeat', async () => {
  const { time, hub, store } = world()
  store.open()
  await time.pass(200)
  hub.requests.length = 0
  hub.mishap = () => 'twice'
  hub.add(6)
  hub.flush()
  await time.pass(1_000)
  expectWhole({ time, hub, store })
  expect(hub.requests).toEqual([])
})

it('takes a snapshot after a changed stream and after more than 5,000 missed events', async () => {
  const { time, hub, store } = world()
  hub.add(20)
  store.open()
  await time.pass(200)
  hub.restore(12)
  hub.add(1)
  hub.flush()
  await time.pass(200)
  expectWhole({ time, hub, store })
  expect(hub.snapshots).toBe(2)
  hub.isReachable = false
  hub.isHttpReachable = false
  hub.breakLine()
  await time.pass(20_000)
  hub.add(6_000)
  hub.flush()
  hub.isReachable = true
  hub.isHttpReachable = true
  await time.pass(20_000)
  expect(hub.snapshots).toBe(3)
  expect(seqs(store)).toHaveLength(6_013)
  expect(store.view().events.length).toBeLessThan(10)
})

it('polls after two failures, says so, and comes back to the connection', async () => {
  const { time, hub, store } = world()
  store.open()
  await time.pass(200)
  hub.isReachable = false
  hub.breakLine()
  await time.pass(1)
  expect(store.view().connection).toBe('reconnecting')
  await time.pass(3_000)
  expect(store.view().connection).toBe('polling')
  hub.add(7)
  hub.flush()
  await time.pass(4_000)
  expectWhole({ time, hub, store })
  expect(store.view().isStale).toBe(false)
  hub.isReachable = true
  await time.pass(11_000)
  expect(store.view().connection).toBe('live')
  hub.requests.length = 0
  await time.pass(10_000)
  expect(hub.requests).toEqual([])
})

it('marks what is shown as stale after 15 s of silence, and as fresh when something is heard', async () => {
  const { time, hub, store } = world()
  store.open()
  await time.pass(200)
  await time.pass(14_000)
  expect(store.view().isStale).toBe(false)
  await time.pass(2_000)
  expect(store.view().isStale).toBe(true)
  hub.heartbeat()
  await time.pass(0)
  expect(store.view().isStale).toBe(false)
})

it('stops, with the reason, when it is refused', async () => {
  const { time, hub, store } = world()
  hub.history.snapshot = async () => {
    throw new TributaryError('not_found', { what: 'run', id: 'x' })
  }
  store.open()
  await time.pass(60_000)
  expect(store.view()).toMatchObject({ connection: 'refused', error: { code: 'not_found' } })
  expect(hub.connections).toBeLessThan(3)
})

it('puts older events before the ones that are here, up to the first', async () => {
  const { time, hub, store } = world()
  hub.add(30)
  store.open()
  await time.pass(200)
  const load = async (limit: number) => {
    const done = store.loadOlder(limit)
    await time.pass(100)
    return done
  }
  expect(await load(10)).toBe(false)
  expect(await load(100)).toBe(true)
  expect(store.view().events.map(({ seq }) => seq)).toEqual(upTo(30))
})

it('tells listeners in a microtask, once for many changes', async () => {
  const { time, hub, store } = world()
  store.open()
  await time.pass(200)
  let told = 0
  store.subscribe(() => {
    told += 1
  })
  hub.add(1)
  hub.flush()
  hub.add(1)
  hub.flush()
  expect(told).toBe(0)
  await Promise.resolve()
  expect(told).toBe(1)
})

it('ends with the log as it is, whatever the wire did', async () => {
  const mishaps = fc.constantFrom<Mishap>('none', 'lost', 'twice', 'late', 'reversed', 'cut')
  const steps = fc.array(
    fc.record({
      add: fc.integer({ min: 0, max: 40 }),
      mishap: mishaps,
      pause: fc.integer({ min: 0, max: 4_000 }),
      heartbeat: fc.boolean(),
      http: fc.boolean(),
      restore: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 12 }),
    }),
    { maxLength: 25 },
  )
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), async (script, chance) => {
      const made = world(new VirtualTime(() => chance.next().value as number))
      const { time, hub, store } = made
      store.open()
      for (const { add, mishap, pause, heartbeat, http, restore } of script) {
        if (restore !== null) hub.restore(restore)
        hub.isHttpReachable = http
        hub.mishap = () => mishap
        hub.add(add)
        hub.flush()
        if (heartbeat) hub.heartbeat()
        await time.pass(pause)
      }
      hub.isHttpReachable = true
      hub.mishap = () => 'none'
      // The wire is good again: a heartbeat each 5 s, as from a coordinator.
      for (let beat = 0; beat < 6; beat += 1) {
        await time.pass(5_000)
        hub.heartbeat()
      }
      await time.pass(3_000)
      expect(store.view().connection).toBe('live')
      expectWhole(made)
      store.close()
    }),
    { numRuns: 150, seed: 9 },
  )
})
