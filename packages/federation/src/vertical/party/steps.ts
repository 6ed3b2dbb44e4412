import type { Content, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { heldMessages as heldByPsi, PSI_BLOBS } from '../psi/index.ts'
import { announcedOf } from '../run/announced.ts'
import { newestHead } from '../run/heads.ts'
import { everyoneBut } from '../run/roles.ts'
import type { PartyState } from './state.ts'

export { equivocation, outOfPlace, refuse, stay } from '../run/transitions.ts'

export type PartyTransition = VerticalTransition<PartyState>

/** Goes on from where a transition arrived. */
export function andThen(first: PartyTransition, next: (state: PartyState) => PartyTransition): PartyTransition {
  const second = next(first.state)
  return { ...second, effects: [...first.effects, ...second.effects] }
}

export const send = (to: readonly string[], step: number, content: Content): VerticalEffect => ({
  type: 'send',
  to,
  step,
  content,
})

export const stepOf = (state: PartyState): number => ('step' in state ? state.step : 0)

/**
 * Messages of one sender that are kept before their turn: u or d under keys of a step that were lost before this party has seen
 * the first of them, predictions that are asked before it has its result.
 */
export const EARLY_LIMIT = 4

const WORKING_BLOBS = ['own-u', 'own-d', ...PSI_BLOBS] as const

/** Messages whose bytes a state may still need. */
export function heldMessages(state: PartyState): readonly string[] {
  if (state.phase === 'aligning') return heldByPsi(state.psi)
  const inbox = 'inbox' in state ? state.inbox.map(({ ref }) => ref) : []
  return 'key' in state ? [...inbox, state.key.ref] : inbox
}

/** Ends the run for everybody. `announced`: what the hub and the others may be told. */
export function fail(
  state: PartyState,
  error: TributaryError,
  around: VerticalSurroundings,
  announced: TributaryError = announcedOf(error),
): PartyTransition {
  const body = { code: announced.code, message: announced.message.slice(0, 2_000), head: newestHead(state.heads) }
  const told: VerticalEffect[] = announced === error ? [] : [{ type: 'tell', notice: { kind: 'failure', error: error.toBody() } }]
  const abort = send(everyoneBut(around.me, around.manifest), stepOf(state), { kind: 'abort', body, parts: [] })
  return end(state, announced, [...told, abort], true)
}

/** The run is over here; nobody is told again. */
export function end(
  state: PartyState,
  error: TributaryError,
  effects: readonly VerticalEffect[],
  announce: boolean,
): PartyTransition {
  const { clock, heads } = state
  const w = 'optimiser' in state ? state.optimiser.w : null
  return {
    state: { phase: 'aborted', clock, heads, code: error.code, w },
    effects: [
      ...effects,
      { type: 'forget', blobs: WORKING_BLOBS, messages: heldMessages(state) },
      { type: 'end', error, announce },
    ],
  }
}
