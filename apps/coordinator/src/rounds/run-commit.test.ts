import { createdRun, type MachineEvent, type Member, type RunState, transition } from '@tributary/federation'
import { type FederationId, type ParticipantId, type RunId, runConfigSchema } from '@tributary/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RunCommit, RunRecord } from '../storage/store.ts'
import { commitOf } from './run-commit.ts'

const run = 'run_0123456789abcdef' as RunId
const [a, b] = ['par_000000000000000a', 'par_000000000000000b'] as [ParticipantId, ParticipantId]
const eligible: Member[] = [
  { id: a, name: 'hospital-a' },
  { id: b, name: 'hospital-b' },
]
const hash = (sign: string) => sign.repeat(64)
const config = runConfigSchema.parse({ model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 1, seed: 7 })
const AT = new Date('2026-03-01T08:00:00.000Z')
const stored = (participant: ParticipantId, samples: number): MachineEvent => ({
  type: 'updateStored',
  round: 1,
  participant,
  update: {
    sha256: hash(participant.at(-1) ?? ''),
    bytes: 500,
    samples,
    report: { loss: 0.5, accuracy: null, seconds: 1, backend: 'wasm' },
  },
})

/** The machine itself makes the steps; what is to be written of each is asked here. */
describe('what is written with a step', () => {
  let record: RunRecord
  beforeEach(() => {
    const state: RunState = createdRun(run, config, { sha256: hash('0'), bytes: 400 })
    record = {
      id: run,
      federation: 'fed_0123456789abcdef' as FederationId,
      name: 'run',
      config,
      state,
      version: 1,
      stream: 's',
      headSeq: 1,
      metrics: {},
      bytesUp: 0,
      bytesDown: 0,
      createdAt: AT,
      startedAt: null,
      endedAt: null,
      createdBy: 'admin',
    }
  })
  const step = (event: MachineEvent): RunCommit => {
    const after = transition(record.state, event, { now: AT.getTime(), eligible, online: new Set(), lostAt: new Map() })
    const commit = commitOf(record, event, after, AT)
    expect(commit).toMatchObject({ run, expectedVersion: record.version, at: AT, events: after.log })
    record = { ...record, state: after.state, version: record.version + 1 }
    return commit
  }
  const start = () => step({ type: 'start', by: 'admin', reason: 'now' })

  it('begins with the start', () => {
    const commit = start()
    expect(commit.startedAt).toEqual(AT)
    expect(commit.state?.phase).toBe('training')
    for (const nothing of ['round', 'model', 'updates', 'endedAt'] as const) expect(commit[nothing]).toBeUndefined()
  })

  it('counts a download once', () => {
    start()
    const downloaded: MachineEvent = { type: 'downloaded', round: 1, participant: a, bytes: 400 }
    expect(step(downloaded)).toMatchObject({ bytesDown: 400, participants: [{ id: a, bytesDown: 400 }] })
    const again = step(downloaded)
    expect([again.bytesDown, again.participants, again.state]).toEqual([undefined, undefined, undefined])
  })

  it('holds the receipt of an update that counts, and none of its repetition', () => {
    start()
    const commit = step(stored(a, 30))
    expect(commit.updates).toEqual([
      { run, round: 1, participant: a, sha256: hash('a'), bytes: 500, samples: 30, acceptedAt: AT },
    ])
    expect(commit).toMatchObject({ bytesUp: 500, participants: [{ id: a, bytesUp: 500 }] })
    expect(commit.startedAt).toBeUndefined()
    const again = step(stored(a, 30))
    expect([again.updates, again.bytesUp, again.participants, again.events]).toEqual([undefined, undefined, undefined, []])
  })

  it("holds a closed round with its weights, its model and everybody's count", () => {
    start()
    step(stored(a, 30))
    step(stored(b, 10))
    const aggregated = step({ type: 'aggregated', round: 1, sha256: hash('f') })
    expect([aggregated.round, aggregated.model, aggregated.endedAt]).toEqual([undefined, undefined, undefined])
    const commit = step({ type: 'evaluated', round: 1, metrics: { accuracy: 0.75 } })
    expect(commit.state?.phase).toBe('completed')
    expect(commit.endedAt).toEqual(AT)
    // n_k / n of 30 and 10 rows.
    expect(commit.round).toMatchObject({
      phase: 'closed',
      closedAt: AT.getTime(),
      modelSha256: hash('f'),
      metrics: { accuracy: 0.75 },
      weights: { 'hospital-a': 0.75, 'hospital-b': 0.25 },
    })
    expect(commit.model).toEqual({ run, round: 1, sha256: hash('f'), bytes: 400, createdAt: AT, metrics: { accuracy: 0.75 } })
    expect(commit.participants).toEqual([
      { id: a, roundsCounted: 1 },
      { id: b, roundsCounted: 1 },
    ])
    expect(commit.metrics).toContainEqual({ run, round: 1, scope: 'global', name: 'accuracy', participant: null, value: 0.75 })
  })

  it('holds the round that a cancelled run leaves behind, once', () => {
    start()
    step(stored(a, 30))
    const commit = step({ type: 'cancel', by: 'admin', reason: 'enough' })
    expect(commit.endedAt).toEqual(AT)
    expect(commit.round).toMatchObject({ phase: 'abandoned', modelSha256: null, weights: {}, open: { number: 1 } })
    expect([commit.model, commit.participants]).toEqual([undefined, undefined])
  })
})
