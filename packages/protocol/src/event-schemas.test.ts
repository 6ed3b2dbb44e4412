import { describe, expect, it } from 'vitest'
import { TributaryError } from './errors/tributary-error.ts'
import { loggedEventSchema, runEventSchema } from './event-log.ts'
import { participantIdSchema, participantNameSchema, runIdSchema } from './ids.ts'
import {
  ackSchema,
  handshakeSchema,
  progressSchema,
  readySchema,
  roundTaskSchema,
  runEndedSchema,
  subscribeSchema,
} from './socket-events.ts'

const sha256 = 'ab'.repeat(32)
const run = 'run_00000001'
const who = { participant: 'par_00000001', name: 'site-a' }
const error = new TributaryError('update_not_finite', { tensor: 'w' }).toBody()

describe('ids and names', () => {
  it('tell their kinds apart', () => {
    expect(runIdSchema.safeParse('run_0000000a').success).toBe(true)
    for (const id of [
      'par_00000001',
      'run_',
      'run_0000000',
      'run_0000000A',
      ' run_00000001',
      'run_00000001\n',
      `run_${'0'.repeat(41)}`,
    ])
      expect(runIdSchema.safeParse(id).success, id).toBe(false)
    expect(participantIdSchema.safeParse('run_00000001').success).toBe(false)
  })

  it('of participants are safe in paths, logs and tables', () => {
    for (const name of ['a', '0', 'site-a', 'a'.repeat(63)])
      expect(participantNameSchema.safeParse(name).success, name).toBe(true)
    for (const name of ['', '-a', 'A', 'a b', 'a/b', '../a', 'a\n', 'é', 'a'.repeat(64)])
      expect(participantNameSchema.safeParse(name).success, name).toBe(false)
  })
})

describe('messages', () => {
  const task = {
    run,
    round: 1,
    rounds: 3,
    model: { name: 'softmax', inputShape: [4], outputs: 2 },
    modelSha256: sha256,
    modelBytes: 100,
    form: 'parameters',
    training: { epochs: 1, batchSize: null, optimiser: 'sgd', learningRate: 0.1 },
    seed: 7,
    deadlineAt: '2026-01-01T00:00:00.000Z',
  }
  const progress = { run, round: 1, phase: 'training', fraction: 0.5, samplesPerSecond: null, loss: 0.1 }
  it.each([
    ['a task', roundTaskSchema, task, { modelSha256: sha256.toUpperCase() }],
    ['a task without its round', roundTaskSchema, task, { round: undefined }],
    ['a task with a time without a zone', roundTaskSchema, task, { deadlineAt: '2026-01-01 00:00' }],
    ['progress beyond its end', progressSchema, progress, { fraction: 1.01 }],
    ['progress with an infinite loss', progressSchema, progress, { loss: Number.POSITIVE_INFINITY }],
    ['progress of an unknown phase', progressSchema, progress, { phase: 'idle' }],
    ['ready without samples', readySchema, { samples: 1, backend: 'wasm', clientVersion: '0.1.0' }, { samples: 0 }],
    ['a handshake without a token', handshakeSchema, { protocol: 1, token: 't' }, { token: null }],
    ['a subscription to the past', subscribeSchema, { run, stream: null, lastSeq: 0 }, { lastSeq: -1 }],
    ['a run that ended in no end', runEndedSchema, { run, phase: 'failed', modelSha256: null, error }, { phase: 'paused' }],
  ])('%s: the right one is taken, the wrong one refused', (_, schema, right, wrong) => {
    expect(schema.safeParse(right).success).toBe(true)
    expect(schema.safeParse({ ...right, ...wrong }).success).toBe(false)
  })

  it('an acknowledgement is yes, or an error with its body', () => {
    expect(ackSchema.safeParse({ ok: true }).success).toBe(true)
    expect(ackSchema.safeParse({ ok: false, error }).success).toBe(true)
    expect(ackSchema.safeParse({ ok: false }).success).toBe(false)
    expect(ackSchema.safeParse({ ok: 'true' }).success).toBe(false)
  })
})

describe('durable events', () => {
  const events = [
    { type: 'run.state', data: { from: 'created', to: 'selecting', reason: null } },
    { type: 'run.state', data: { from: 'training', to: 'failed', reason: { ...error, participants: ['site-a'] } } },
    {
      type: 'round.opened',
      data: { round: 1, selected: [who], target: 1, minimum: 1, deadlineAt: 'later', modelSha256: sha256 },
    },
    {
      type: 'round.closed',
      data: { round: 1, modelSha256: sha256, counted: [{ ...who, samples: 3, weight: 1 }], missing: [], seconds: 1.5 },
    },
    { type: 'round.overdue', data: { round: 1, accepted: 0, minimum: 1, patienceUntil: 'later' } },
    { type: 'participant.downloaded', data: { round: 1, ...who, bytes: 10 } },
    { type: 'participant.trained', data: { round: 1, ...who, seconds: 1, loss: null } },
    { type: 'update.accepted', data: { round: 1, ...who, sha256, samples: 1, bytes: 1, seconds: 1, loss: 1, backend: 'wasm' } },
    { type: 'update.rejected', data: { round: 1, ...who, error } },
    { type: 'participant.failed', data: { round: 1, ...who, error } },
    { type: 'participant.dropped', data: { round: 1, ...who, reason: 'left' } },
    { type: 'withheld', data: { round: 1 } },
    { type: 'metric', data: { round: 1, scope: 'global', name: 'accuracy', participant: null, value: 0.5 } },
    { type: 'action', data: { action: 'extend', by: 'ada', reason: 'slow', details: { seconds: 5 } } },
  ] as const

  it('have an example of every type here', () => {
    const types = runEventSchema.options.map(({ shape }) => shape.type.value)
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([...types].sort())
  })

  it.each(events)('$type survives the log', (event) => {
    const logged = { run, stream: 's1', seq: 1, at: '2026-01-01T00:00:00.000Z', event }
    expect(loggedEventSchema.parse(JSON.parse(JSON.stringify(logged)))).toEqual(logged)
    expect(runEventSchema.safeParse({ ...event, data: {} }).success).toBe(false)
  })

  it.each([
    ['a seq of 0', { seq: 0 }],
    ['an unknown type', { event: { type: 'round.lost', data: {} } }],
    ['a metric that is not a number', { event: { type: 'metric', data: { ...events[11].data, value: Number.NaN } } }],
    ['a phase that does not exist', { event: { type: 'run.state', data: { from: 'created', to: 'done', reason: null } } }],
  ])('are refused with %s', (_, wrong) => {
    expect(
      loggedEventSchema.safeParse({ run, stream: 's1', seq: 1, at: '2026-01-01T00:00:00.000Z', event: events[0], ...wrong })
        .success,
    ).toBe(false)
  })
})
