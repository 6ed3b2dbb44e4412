import { type MessageKind, TributaryError } from '@tributary/protocol'
import type { VerticalTransition } from '../effects.ts'

/** Nothing changes: a repetition, or an event that came too late to matter. */
export const stay = <State>(state: State): VerticalTransition<State> => ({ state, effects: [] })

export const refuse = <State>(state: State, refusal: TributaryError): VerticalTransition<State> => ({
  state,
  effects: [],
  refusal,
})

/** Late, early or repeated mail: refused by name, nothing changes. */
export const outOfPlace = <State extends { readonly phase: string }>(
  state: State,
  { kind, step }: { readonly kind: MessageKind; readonly step: number },
): VerticalTransition<State> => refuse(state, new TributaryError('slr_state', { kind, step, state: state.phase }))

export const equivocation = <State>(state: State, from: string, place: string): VerticalTransition<State> =>
  refuse(state, new TributaryError('slr_equivocation', { from, place }))
