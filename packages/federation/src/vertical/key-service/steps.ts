import type { Content, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { announcedOf } from '../run/announced.ts'
import { dataParties } from '../run/roles.ts'
import { appendLine } from './log.ts'
import type { KeyServiceState } from './state.ts'

export { equivocation, outOfPlace, refuse, stay } from '../run/transitions.ts'

export type KeyServiceTransition = VerticalTransition<KeyServiceState>
type WithHead = Exclude<KeyServiceState, { readonly phase: 'idle' }>

/** To all parties with rows. */
export const tellAll = ({ manifest }: VerticalSurroundings, step: number, content: Content): VerticalEffect => ({
  type: 'send',
  to: dataParties(manifest),
  step,
  content,
})

export const keyIdOf = (state: KeyServiceState): string => ('keyId' in state ? state.keyId : '-')
export const stepOf = (state: KeyServiceState): number => ('step' in state ? state.step : 0)

/** The key and requests under it, which nobody needs any more. */
export function forgetKey(state: KeyServiceState): VerticalEffect {
  const openings = 'openings' in state ? Object.values(state.openings) : []
  const messages = openings.flatMap((opening) => ('ref' in opening ? [opening.ref] : []))
  return { type: 'forget', blobs: ['secret-key'], messages }
}

/** Ends the run for everybody; the log says why. */
export function fail(state: KeyServiceState, error: TributaryError, around: VerticalSurroundings): KeyServiceTransition {
  const announced = announcedOf(error)
  const own: VerticalEffect[] = announced === error ? [] : [{ type: 'tell', notice: { kind: 'failure', error: error.toBody() } }]
  if (state.phase === 'idle') return end(state, announced, around, own, true)
  const { head, effect } = endLine(state, error.code, around)
  const body = { code: announced.code, message: announced.message.slice(0, 2_000), head }
  const told = tellAll(around, stepOf(state), { kind: 'abort', body, parts: [] })
  return end({ ...state, head }, announced, around, [...own, effect, told], true)
}

const endLine = (state: WithHead, code: string, around: VerticalSurroundings) =>
  appendLine(
    state.head,
    { kind: 'ended', party: around.me, step: stepOf(state), keyId: keyIdOf(state), quotaLeft: 0, code },
    around,
  )

/** The run is over here; the key is destroyed. */
export function end(
  state: KeyServiceState,
  error: TributaryError,
  around: VerticalSurroundings,
  effects: readonly VerticalEffect[],
  announce: boolean,
): KeyServiceTransition {
  const over: readonly VerticalEffect[] = [forgetKey(state), { type: 'end', error, announce }]
  if (state.phase === 'idle')
    return { state: { phase: 'aborted', clock: state.clock, head: null, code: error.code }, effects: [...effects, ...over] }
  // Told by another party: the log ends with it, too.
  const line = announce ? null : endLine(state, error.code, around)
  return {
    state: { phase: 'aborted', clock: state.clock, head: line?.head ?? state.head, code: error.code },
    effects: [...effects, ...(line === null ? [] : [line.effect]), ...over],
  }
}
