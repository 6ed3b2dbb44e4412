import { hasEnded, type MachineEvent, openRoundOf, type RunState, roundWeights, type Transition } from '@tributary/federation'
import type { MetricPoint, RunCommit, RunRecord } from '../storage/store.ts'
import type { StoredRound } from '../storage/stored-round.ts'

type Extras = Omit<RunCommit, 'run' | 'expectedVersion' | 'at' | 'state' | 'events'>

/** Everything that must be written with a step, in its own transaction. Pure: it reads only its arguments. */
export function commitOf(record: RunRecord, event: MachineEvent, step: Transition, at: Date): RunCommit {
  return {
    run: record.id,
    expectedVersion: record.version,
    at,
    ...(step.state === record.state ? {} : { state: step.state }),
    events: step.log,
    ...metricsOf(record, step),
    ...updateOf(record, event, step, at),
    ...roundOf(record, event, step, at),
    ...(record.state.phase === 'created' && step.state.phase !== 'created' ? { startedAt: at } : {}),
    ...(!hasEnded(record.state) && hasEnded(step.state) ? { endedAt: at } : {}),
  }
}

function metricsOf(record: RunRecord, { log }: Transition): Extras {
  const metrics = log.flatMap((entry): MetricPoint[] => (entry.type === 'metric' ? [{ run: record.id, ...entry.data }] : []))
  return metrics.length === 0 ? {} : { metrics }
}

/** An update that counts now: its receipt, and the sender's account. */
function updateOf(record: RunRecord, event: MachineEvent, step: Transition, at: Date): Extras {
  if (event.type === 'downloaded' && step.log.length > 0)
    return { bytesDown: event.bytes, participants: [{ id: event.participant, bytesDown: event.bytes }] }
  if (event.type !== 'updateStored' || step.state === record.state) return {}
  const { round, participant, update } = event
  const { sha256, bytes, samples } = update
  return {
    updates: [{ run: record.id, round, participant, sha256, bytes, samples, acceptedAt: at }],
    bytesUp: bytes,
    participants: [{ id: participant, bytesUp: bytes }],
  }
}

/** The account of a round that closed, or that the run's end cut short; and the model it made. */
function roundOf(record: RunRecord, event: MachineEvent, { state, effects }: Transition, at: Date): Extras {
  const closed = effects.find((effect) => effect.type === 'roundClosed')
  if (closed !== undefined) {
    const { open, modelSha256, metrics } = closed
    const round: StoredRound = {
      phase: 'closed',
      closedAt: at.getTime(),
      modelSha256,
      metrics: { ...metrics },
      weights: weightsByName(open, record),
      open,
    }
    return {
      round,
      model: {
        run: record.id,
        round: open.number,
        sha256: modelSha256,
        bytes: state.modelBytes,
        createdAt: at,
        metrics: { ...metrics },
      },
      participants: open.members.filter(({ update }) => update !== null).map(({ id }) => ({ id, roundsCounted: 1 })),
    }
  }
  const open = abandonedRound(record.state, state)
  if (open === null || event.type === 'aggregated') return {}
  return { round: { phase: 'abandoned', closedAt: at.getTime(), modelSha256: null, metrics: {}, weights: {}, open } }
}

const abandonedRound = (before: RunState, after: RunState) =>
  !hasEnded(before) && (after.phase === 'failed' || after.phase === 'cancelled') ? openRoundOf(after) : null

function weightsByName(open: StoredRound['open'], record: RunRecord): Record<string, number> {
  const weights = roundWeights(open, record.config.strategy.weighting)
  return Object.fromEntries(open.members.flatMap(({ id, name }) => (weights.has(id) ? [[name, weights.get(id) as number]] : [])))
}
