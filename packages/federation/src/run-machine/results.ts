import { type RunEvent, reasonOfAbsence, TributaryError } from '@tributary/protocol'
import { roundWeights } from '../aggregation/weights.ts'
import { absenceOf } from './absence.ts'
import { toPaused } from './actions.ts'
import type { Effect, MachineEvent, Surroundings, Transition } from './events.ts'
import { move, stay } from './outcome.ts'
import { fail, missingOf, toSelecting } from './round.ts'
import { type Aggregating, baseOf, type Completed, type Evaluating, type OpenRound } from './state.ts'

type Of<Type extends MachineEvent['type']> = Extract<MachineEvent, { type: Type }>

export function aggregated(state: Aggregating, event: Of<'aggregated'>): Transition {
  if (event.round !== state.open.number) return stay(state)
  const evaluating: Evaluating = { ...state, phase: 'evaluating', aggregatedSha256: event.sha256 }
  return move(state, evaluating, [{ type: 'evaluate', round: event.round, modelSha256: event.sha256 }])
}

/** A broken or diverged aggregate ends the run with its reason; the updates stay on disk. */
export function aggregationFailed(state: Aggregating, event: Of<'aggregationFailed'>): Transition {
  return event.round === state.open.number ? fail(state, event.error, []) : stay(state)
}

export function evaluationFailed(state: Evaluating, event: Of<'evaluationFailed'>): Transition {
  return event.round === state.open.number ? fail(state, event.error, []) : stay(state)
}

/** Closes the round: the model becomes the run's, and the run goes on, rests or is done. */
export function evaluated(state: Evaluating, event: Of<'evaluated'>, around: Surroundings): Transition {
  if (event.round !== state.open.number) return stay(state)
  const { open, aggregatedSha256, config } = state
  const closed = { ...state, modelSha256: aggregatedSha256 }
  const effects: Effect[] = [{ type: 'roundClosed', open, modelSha256: aggregatedSha256, metrics: event.metrics }]
  const log: RunEvent[] = [
    ...Object.entries(event.metrics).map(
      ([name, value]): RunEvent => ({
        type: 'metric',
        data: { round: open.number, scope: 'global', name, participant: null, value },
      }),
    ),
    closedEvent(open, aggregatedSha256, config.strategy.weighting, around),
  ]
  if (open.number >= config.rounds) {
    const completed: Completed = { ...baseOf(closed), phase: 'completed' }
    return move(state, completed, [...effects, { type: 'wake', at: null }, { type: 'ended', state: completed }], log)
  }
  if (state.pausePending) return move(state, toPaused(closed), effects, log)
  return toSelecting(closed, around, effects, log)
}

/** Who counted with what weight, who did not and why. */
function closedEvent(open: OpenRound, modelSha256: string, weighting: 'samples' | 'uniform', around: Surroundings): RunEvent {
  const weights = roundWeights(open, weighting)
  const counted = open.members.flatMap(({ id, name, update }) =>
    update === null ? [] : [{ participant: id, name, samples: update.samples, weight: weights.get(id) as number }],
  )
  const missing = missingOf(open).map((member) => ({
    participant: member.id,
    name: member.name,
    reason: reasonOfAbsence(absenceOf(member, around)),
  }))
  return {
    type: 'round.closed',
    data: { round: open.number, modelSha256, counted, missing, seconds: (around.now - open.openedAt) / 1000 },
  }
}

/** A step that the shell could not do and cannot do again. */
export const brokenAggregation = (round: number, reason: string): TributaryError =>
  new TributaryError('run_failed_aggregation', { round, reason })
export const brokenEvaluation = (round: number, reason: string): TributaryError =>
  new TributaryError('run_failed_evaluation', { round, reason })
