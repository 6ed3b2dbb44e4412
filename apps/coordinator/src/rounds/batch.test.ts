import { createdRun, type MachineEvent, type Member, transition } from '@tributary/federation'
import { type FederationId, type ParticipantId, type RunId, runConfigSchema } from '@tributary/protocol'
import { expect, it } from 'vitest'
import type { RunRecord } from '../storage/store.ts'
import { batchOf } from './batch.ts'
import { commitOf } from './run-commit.ts'

const run = 'run_0123456789abcdef' as RunId
const ids = ['a', 'b', 'c'].map((sign) => `par_000000000000000${sign}` as ParticipantId)
const [a, b, c] = ids as [ParticipantId, ParticipantId, ParticipantId]
const eligible: Member[] = ids.map((id) => ({ id, name: `hospital-${id.at(-1)}` }))
const around = { now: Date.parse('2026-03-01T08:00:00.000Z'), eligible, online: new Set(ids), lostAt: new Map() }
const config = runConfigSchema.parse({ model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 2, seed: 7 })
const stored = (participant: ParticipantId, round = 1): MachineEvent => ({
  type: 'updateStored',
  round,
  participant,
  update: {
    sha256: (participant.at(-1) as string).repeat(64),
    bytes: 500,
    samples: 30,
    report: { loss: 0.5, accuracy: null, seconds: 1, backend: 'wasm' },
  },
})
const downloaded = (participant: ParticipantId): MachineEvent => ({ type: 'downloaded', round: 1, participant, bytes: 400 })

/** A run whose round 1 trains. */
function training(): RunRecord {
  const { state } = transition(
    createdRun(run, config, { sha256: '0'.repeat(64), bytes: 400 }),
    { type: 'start', by: 'admin', reason: 'now' },
    around,
  )
  return {
    id: run,
    federation: 'fed_0123456789abcdef' as FederationId,
    name: 'run',
    config,
    state,
    version: 5,
    stream: 's',
    headSeq: 9,
    metrics: {},
    bytesUp: 0,
    bytesDown: 0,
    createdAt: new Date(around.now),
    startedAt: new Date(around.now),
    endedAt: null,
    createdBy: 'admin',
  }
}

it('takes the same steps as one after another, and writes all that they would have written', () => {
  const record = training()
  const events = [downloaded(a), stored(a), downloaded(b), stored(b), stored(a), stored(c)]
  const { steps, commit } = batchOf(record, events, around)
  let alone = record
  const singly = events.map((event) => {
    const step = transition(alone.state, event, around)
    const part = commitOf(alone, event, step, new Date(around.now))
    alone = { ...alone, state: step.state, version: alone.version + 1 }
    return { step, part }
  })
  expect(steps).toEqual(singly.map(({ step }) => step))
  expect(commit).toMatchObject({ run, expectedVersion: 5, at: new Date(around.now), state: alone.state })
  expect(commit?.state?.phase).toBe('aggregating')
  for (const list of ['events', 'updates', 'participants', 'metrics'] as const)
    expect(commit?.[list], list).toEqual(singly.flatMap(({ part }): readonly unknown[] => part[list] ?? []))
  expect(commit?.updates).toHaveLength(3)
  expect([commit?.bytesUp, commit?.bytesDown]).toEqual([1_500, 800])
})

it('judges each event by what those before it in the batch did', () => {
  const other = { ...stored(a), update: { ...(stored(a) as { update: object }).update, sha256: 'f'.repeat(64) } } as MachineEvent
  const { steps, commit } = batchOf(training(), [stored(a), other, stored(a)], around)
  expect(steps.map(({ refusal }) => refusal?.code)).toEqual([undefined, 'update_already_accepted', undefined])
  expect(commit?.updates?.map(({ sha256 }) => sha256)).toEqual(['a'.repeat(64)])
})

it('ends with the step that closes a round', () => {
  const aggregating = {
    ...training(),
    state: batchOf(
      training(),
      ids.map((id) => stored(id)),
      around,
    ).commit?.state,
  }
  const events: MachineEvent[] = [
    { type: 'aggregated', round: 1, sha256: 'e'.repeat(64) },
    { type: 'evaluated', round: 1, metrics: {} },
    stored(a, 2),
  ]
  const { steps, commit } = batchOf(aggregating as RunRecord, events, around)
  expect(steps).toHaveLength(2)
  expect(commit).toMatchObject({
    round: { open: { number: 1 } },
    model: { sha256: 'e'.repeat(64) },
    state: { phase: 'training', round: 2 },
  })
})

it('has nothing to write when nothing changed', () => {
  const { steps, commit } = batchOf(training(), [{ type: 'available' }, stored(a, 7)], around)
  expect(commit).toBeNull()
  expect(steps.map(({ refusal }) => refusal?.code)).toEqual([undefined, 'round_not_open'])
})
