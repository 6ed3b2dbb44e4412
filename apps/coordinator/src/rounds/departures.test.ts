import type { FederationId, ParticipantId } from '@tributary/protocol'
import { expect, it, vi } from 'vitest'
import { Departures, type DeparturesDeps } from './departures.ts'

const fed = 'fed_0123456789abcdef' as FederationId
const [alder, birch, cedar] = ['par_a', 'par_b', 'par_c'] as ParticipantId[] as [ParticipantId, ParticipantId, ParticipantId]

function world(change: { engine?: () => Promise<void> } = {}) {
  const left = new Set<ParticipantId>([alder, cedar])
  const engine = { participantLeft: vi.fn(change.engine ?? (async () => {})) }
  const vertical = { participantLeft: vi.fn(async () => {}) }
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

it('tells runs after a restart of those that are gone, and of nobody else', async () => {
  const { departures, engine, vertical } = world()
  await departures.recover()
  for (const { participantLeft } of [engine, vertical])
    expect(participantLeft.mock.calls.map(([federation, participant]: unknown[]) => [federation, participant])).toEqual([
      [fed, cedar],
      [fed, alder],
    ])
})
