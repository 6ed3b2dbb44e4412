import { type ErrorBody, type ErrorCode, type ErrorDetails, TributaryError, type VerticalEvent } from '@tributary/protocol'
import type { HubStep } from './events.ts'
import type { HubRunState } from './state.ts'

/** The same was done before, or there is nothing to do. */
export const stay = (state: HubRunState): HubStep => ({ state, log: [], refusal: null })

export const refuse = (state: HubRunState, code: ErrorCode, details: ErrorDetails): HubStep => ({
  state,
  log: [],
  refusal: new TributaryError(code, details),
})

/** A new state with its events; a change of phase is told after them. */
export function move(before: HubRunState, state: HubRunState, log: readonly VerticalEvent[]): HubStep {
  if (state.phase === before.phase) return { state, log, refusal: null }
  const told: VerticalEvent = { type: 'vertical.state', data: { from: before.phase, to: state.phase, error: state.failure } }
  return { state, log: [...log, told], refusal: null }
}

export const notRunning = (state: HubRunState): HubStep => refuse(state, 'vertical_not_running', { phase: state.phase })

export const abortWith = (state: HubRunState, failure: ErrorBody, log: readonly VerticalEvent[]): HubStep =>
  move(state, { ...state, phase: 'aborted', failure }, log)
