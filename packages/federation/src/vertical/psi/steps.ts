import { type Content, type ErrorBody, TributaryError } from '@tributary/protocol'
import type { VerticalEffect } from '../effects.ts'
import type { MessageRef } from '../jobs.ts'
import { announcedOf } from '../run/announced.ts'
import type { PsiState, PsiTransition } from './state.ts'

export const stay = (state: PsiState): PsiTransition => ({ state, effects: [] })
export const refuse = (state: PsiState, refusal: TributaryError): PsiTransition => ({ state, effects: [], refusal })

export const send = (to: readonly string[], content: Content): VerticalEffect => ({ type: 'send', to, step: 0, content })
export const forgetMessages = (messages: readonly MessageRef[]): readonly VerticalEffect[] =>
  messages.length === 0 ? [] : [{ type: 'forget', blobs: [], messages }]

export const PSI_BLOBS = ['psi-order', 'psi-full', 'psi-common'] as const

/** Ends the alignment: nothing of it is kept, neither the message that ended it (`ref`). */
export function fail(state: PsiState, error: TributaryError, ref: MessageRef | null = null): PsiTransition {
  return {
    state: { phase: 'failed', code: error.code },
    effects: [{ type: 'forget', blobs: PSI_BLOBS, messages: [...heldMessages(state), ...(ref === null ? [] : [ref])] }],
    failure: { error, announced: announcedOf(error) },
  }
}

/** Messages whose bytes a state still needs. */
export function heldMessages(state: PsiState): MessageRef[] {
  const waiting = 'relayed' in state ? state.relayed.flatMap((set) => set.waiting.map(({ ref }) => ref)) : []
  const finals = 'finals' in state ? state.finals.flatMap(({ refs }) => refs) : []
  const own = 'own' in state ? state.own.refs : []
  const common = state.phase === 'gathering' ? (state.common?.refs ?? []) : state.phase === 'locating' ? (state.common ?? []) : []
  return [...waiting, ...[...finals, ...own, ...common].filter((ref) => ref !== null)]
}

/** A job that the state waits for has failed; a point that is none is laid at the door of who sent it. */
export function failedJob(state: PsiState, error: ErrorBody, sender: string): PsiTransition {
  const known = TributaryError.fromBody(error)
  return fail(state, known.code === 'psi_bad_point' ? new TributaryError('psi_bad_point', { name: sender }) : known)
}
