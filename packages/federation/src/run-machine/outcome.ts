import { type ErrorCode, type ErrorDetails, type FailureReason, type RunEvent, TributaryError } from '@tributary/protocol'
import type { Effect, Transition } from './events.ts'
import type { RunState } from './state.ts'

const nothing: readonly never[] = []

/** Nothing changes: a repetition, or an event that came too late to matter. */
export const stay = (state: RunState): Transition => ({ state, effects: nothing, log: nothing, refusal: null })

/** Nothing changes, and the sender is told why. */
export const refuse = (state: RunState, code: ErrorCode, details: ErrorDetails = {}): Transition => ({
  state,
  effects: nothing,
  log: nothing,
  refusal: new TributaryError(code, details),
})

/** A new state; a change of phase is logged here and nowhere else. */
export function move(
  from: RunState,
  to: RunState,
  effects: readonly Effect[] = nothing,
  log: readonly RunEvent[] = nothing,
): Transition {
  const reason = to.phase === 'failed' || to.phase === 'cancelled' ? to.failure : null
  const phases: RunEvent[] =
    from.phase === to.phase ? [] : [{ type: 'run.state', data: { from: from.phase, to: to.phase, reason } }]
  return { state: to, effects, log: [...log, ...phases], refusal: null }
}

/** Goes on from where a transition arrived. */
export function andThen(first: Transition, next: (state: RunState) => Transition): Transition {
  const second = next(first.state)
  if (second.state === first.state && second.effects.length === 0 && second.log.length === 0) return first
  return {
    state: second.state,
    effects: [...first.effects, ...second.effects],
    log: [...first.log, ...second.log],
    refusal: first.refusal,
  }
}

/** The account of a failure: its code's texts with the names of those whose part is missing or bad. */
export function failureReason(error: TributaryError, participants: readonly string[] = []): FailureReason {
  return { ...error.toBody(), details: { ...error.details }, participants: [...participants] }
}
