import { type LoggedEvent, loggedEventSchema, type Run, runSchema } from '@tributary/protocol'
import { MODEL, RUN } from './participant-fixture.ts'

const at = '2026-01-01T00:00:00.000Z'

/** An event of the test's run: some metric. */
export const loggedEvent = (seq: number, stream = 's'): LoggedEvent =>
  loggedEventSchema.parse({
    run: RUN,
    stream,
    seq,
    at,
    event: { type: 'metric', data: { round: 1, scope: 'global', name: 'loss', participant: null, value: seq } },
  })

/** The event that ends the test's run. */
export const endOfRun = (seq: number, stream = 's'): LoggedEvent =>
  loggedEventSchema.parse({
    ...loggedEvent(seq, stream),
    event: { type: 'run.state', data: { from: 'evaluating', to: 'completed', reason: null } },
  })

export const runInPhase = (phase: Run['phase'], headSeq: number): Run =>
  runSchema.parse({
    id: RUN,
    federation: 'fed_00000001',
    name: 'run',
    phase,
    pausePending: false,
    config: { model: MODEL, rounds: 3 },
    round: 1,
    deadlineAt: null,
    modelSha256: 'a'.repeat(64),
    failure: null,
    metrics: {},
    createdAt: at,
    startedAt: at,
    endedAt: null,
    createdBy: 'root',
    bytesUp: 0,
    bytesDown: 0,
    stream: 's',
    headSeq,
    allowedActions: [],
  })
