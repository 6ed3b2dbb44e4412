import { type FederationId, type ParticipantId, TributaryError } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import { Departures, type DeparturesDeps } from './departures.ts'
import { isRefusal, Repeats } from './repeats.ts'

const fed = 'fed_0123456789abcdef' as FederationId
const [alder, birch, cedar] = ['par_a', 'par_b', 'par_c'] as ParticipantId[] as [ParticipantId, ParticipantId, ParticipantId]

function world(change: { engine?: () => Promise<void>; vertical?: () => Promise<void> } = {}) {
  const left = new Set<ParticipantId>([alder, cedar])
  const repeats = new Repeats()
  const later = (error: unknown, _what: string, work: () => Promise<unknown>) => {
    if (isRefusal(error)) throw error
    void repeats.until(work, () => {})
  }
  const engine = { participantLeft: vi.fn(change.engine ?? (async () => {})), later }
  const vertical = { participantLeft: vi.fn(change.vertical ?? (async () => {})) }
  const store = {
    updateParticipant: vi.fn(async () => {}),
    participant: async (id: ParticipantId) => ({ id, leftAt: left.has(id) ? new Date(0) : null }),
    liveRuns: async () => [{ federation: fed, state: { phase: 'training', open: { members: [{ id: birch }, { id: cedar }] } } }],
    vertical: {
      liveRuns: async () => [{ federation: fed, state: { parties: [{ participant: alder }, { participant: birch }] } }],
    },
  }
  const departures = new Departures({ store, engine, vertical, now: () => 1_000 } as unknown as DeparturesDeps)
  return { departures, engine, vertical, store }
}

it('tells vertical runs, too, when the others refuse', async () => {
  const { departures, vertical, store } = world({ engine: () => Promise.reject(new Error('the disk is full')) })
  await expect(departures.leave(fed, birch, 'goes home')).rejects.toThrow('the disk is full')
  expect(store.updateParticipant).toHaveBeenCalledWith(birch, { leftAt: new Date(1_000), lastSeenAt: new Date(1_000) })
  expect(vertical.participantLeft).toHaveBeenCalledExactlyOnceWith(fed, birch, 'goes home')
})

it('answers the leaver while vertical runs cannot be told, and tells them until they are', async () => {
  let failures = 3
  const { departures, vertical } = world({
    vertical: async () => {
      failures -= 1
      if (failures >= 0) throw new Error('the database is away')
    },
  })
  await departures.leave(fed, birch, 'goes home')
  await vi.waitFor(() => expect(vertical.participantLeft).toHaveBeenCalledTimes(4), { timeout: 5_000 })
  expect(new Set(vertical.participantLeft.mock.calls.map((call) => JSON.stringify(call))).size).toBe(1)
})

it('passes a refusal on, and repeats nothing that was refused', async () => {
  const refused = new TributaryError('not_found', { what: 'vertical run', id: 'x' })
  const { departures, vertical } = world({ vertical: () => Promise.reject(refused) })
  await expect(departures.leave(fed, birch, 'goes home')).rejects.toBe(refused)
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(vertical.participantLeft).toHaveBeenCalledTimes(1)
})

it('tells runs after a restart of those that are gone, and of nobody else', async () => {
  const { departures, engine, vertical } = world()
  await departures.recover()
  for (const { participantLeft } of [engine, vertical])
    expect(participantLeft.mock.calls.map(([federation, participant]: unknown[]) => [federation, participant])).toEqual([
      [fed, cedar],
      [fed, alder],
    ])
})
