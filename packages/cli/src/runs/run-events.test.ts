import { type LoggedEvent, loggedEventSchema, type RunEvent } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { ParticipantStates } from './participant-states.ts'
import { PhaseTimes } from './phase-times.ts'
import { RoundHistory } from './round-history.ts'
import { roundCells } from './round-rows.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')
const sha256 = 'a'.repeat(64)
const who = (name: string) => ({ participant: `par_0000000${name}`, name })
let seq = 0

/** Each event goes through the schema, as one from the coordinator would. */
const at = (seconds: number, event: { type: RunEvent['type']; data: unknown }): LoggedEvent => {
  seq += 1
  return loggedEventSchema.parse({
    run: 'run_00000000',
    stream: 's',
    seq,
    at: new Date(start + seconds * 1000).toISOString(),
    event,
  })
}
const state = (seconds: number, from: string, to: string) => at(seconds, { type: 'run.state', data: { from, to, reason: null } })
const accepted = (seconds: number, name: string, bytes: number) =>
  at(seconds, {
    type: 'update.accepted',
    data: { round: 1, ...who(name), sha256, samples: 10, bytes, seconds: 1, loss: 0.5, backend: 'wasm' },
  })
const metric = (seconds: number, round: number, name: string, value: number, scope = 'global') =>
  at(seconds, { type: 'metric', data: { round, scope, name, participant: scope === 'global' ? null : 'a', value } })
const closed = (seconds: number, round: number) =>
  at(seconds, {
    type: 'round.closed',
    data: {
      round,
      modelSha256: sha256,
      counted: [
        { ...who('a'), samples: 30, weight: 0.75 },
        { ...who('b'), samples: 10, weight: 0.25 },
      ],
      missing: [{ ...who('c'), reason: 'no answer' }],
      seconds: 12.34,
    },
  })
const opened = (seconds: number, round: number) =>
  at(seconds, {
    type: 'round.opened',
    data: { round, selected: [who('b'), who('a')], target: 2, minimum: 2, deadlineAt: 'later', modelSha256: sha256 },
  })

describe('RoundHistory', () => {
  it('gathers bytes and metrics of each round until it closes', () => {
    const history = new RoundHistory()
    const events = [
      opened(0, 1),
      at(1, { type: 'participant.downloaded', data: { round: 1, ...who('a'), bytes: 100 } }),
      at(1, { type: 'participant.downloaded', data: { round: 1, ...who('b'), bytes: 100 } }),
      accepted(2, 'a', 70),
      accepted(3, 'b', 80),
      metric(4, 1, 'accuracy', 0.9),
      metric(4, 1, 'loss', 0.25),
      metric(4, 1, 'loss', 99, 'participant'),
      metric(4, 2, 'accuracy', 0.1),
    ]
    for (const event of events) expect(history.add(event)).toBeNull()
    const summary = history.add(closed(5, 1))
    expect(summary).toMatchObject({
      round: 1,
      bytesUp: 150,
      bytesDown: 200,
      metrics: { accuracy: 0.9, loss: 0.25 },
      seconds: 12.34,
    })
    expect(history.closed).toEqual([summary])
    expect([...history.backends]).toEqual(['wasm'])
    if (summary === null) throw new Error('the round did not close')
    expect(roundCells(summary)).toEqual([
      '1',
      '90.00 %',
      '0.2500',
      '12.3 s',
      '150 B',
      '200 B',
      'a 75 %, b 25 %, without c (no answer)',
    ])
  })
})

describe('PhaseTimes', () => {
  it('sums the seconds in each phase over rounds', () => {
    const times = new PhaseTimes()
    const log = [
      state(0, 'created', 'selecting'),
      state(1, 'selecting', 'training'),
      metric(3, 1, 'loss', 1),
      state(6, 'training', 'aggregating'),
      state(6.5, 'aggregating', 'evaluating'),
      state(8, 'evaluating', 'paused'),
      state(100, 'paused', 'selecting'),
      state(100.25, 'selecting', 'training'),
      state(104, 'training', 'completed'),
    ]
    for (const event of log) times.add(event)
    expect(times.seconds).toEqual({ selecting: 1.25, training: 8.75, aggregating: 0.5, evaluating: 1.5 })
  })
})

describe('ParticipantStates', () => {
  it('follows events and progress, and lets no old progress back', () => {
    const states = new ParticipantStates()
    states.addEvent(opened(0, 2))
    const progress = { name: 'a', round: 2, phase: 'training' as const, fraction: 0.5, samplesPerSecond: 1234.4, loss: 1 }
    states.addProgress(progress)
    states.addProgress({ ...progress, name: 'b', round: 1, fraction: 0.99 })
    expect(states.all).toEqual([
      { name: 'a', fraction: 0.5, doing: 'training, 1,234 rows/s' },
      { name: 'b', fraction: 0, doing: 'asked' },
    ])
    states.addEvent(accepted(1, 'a', 1))
    states.addProgress({ ...progress, fraction: 0.6 })
    expect(states.all[0]).toEqual({ name: 'a', fraction: 1, doing: 'sent' })
    states.addEvent(opened(3, 3))
    expect(states.all.map(({ doing }) => doing)).toEqual(['asked', 'asked'])
  })
})
