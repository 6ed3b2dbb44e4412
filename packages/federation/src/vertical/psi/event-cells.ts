import type { ErrorBody } from '@tributary/protocol'
import type { NamedEvent } from '../../phase-table.ts'
import type { VerticalMachineEvent } from '../effects.ts'
import type { JobResult, ResultOf } from '../jobs.ts'
import { type Mail, mailOf } from '../run/mail.ts'

type SetKind = 'psi-set' | 'psi-final' | 'psi-common'

/** A chunk of points from another party; its bytes are reached by `ref`. */
export type Incoming<Kind extends SetKind = SetKind> = Mail<Kind>

/** What each column of the table is told. */
export interface PsiEvents {
  begin: null
  set: Incoming<'psi-set'>
  final: Incoming<'psi-final'>
  common: Incoming<'psi-common'>
  ownMasked: ResultOf<'psi-own'>
  chunkMasked: { readonly job: string; readonly points: Uint8Array }
  sorted: ResultOf<'psi-sort'>
  intersected: ResultOf<'psi-intersect'>
  located: ResultOf<'psi-rows'>
  jobFailed: { readonly job: string; readonly error: ErrorBody }
  lost: { readonly blob: string }
}
export type PsiEventName = keyof PsiEvents
export type PsiEvent = NamedEvent<PsiEvents>

/** The machine's column of an event; null for what is none of its business. */
export function psiEventOf(event: VerticalMachineEvent): PsiEvent | null {
  switch (event.type) {
    case 'begin':
      return { name: 'begin', told: null }
    case 'message':
      return messageEvent(event)
    case 'jobDone':
      return resultEvent(event.job, event.result)
    case 'jobFailed':
      return event.job.startsWith('psi-') ? { name: 'jobFailed', told: { job: event.job, error: event.error } } : null
    case 'lost':
      return { name: 'lost', told: { blob: event.blob } }
    default:
      return null
  }
}

function messageEvent(event: Extract<VerticalMachineEvent, { type: 'message' }>): PsiEvent | null {
  const { kind } = event.content
  if (kind === 'psi-set') return { name: 'set', told: mailOf(event, kind) }
  if (kind === 'psi-final') return { name: 'final', told: mailOf(event, kind) }
  if (kind === 'psi-common') return { name: 'common', told: mailOf(event, kind) }
  return null
}

function resultEvent(job: string, result: JobResult): PsiEvent | null {
  switch (result.kind) {
    case 'psi-own':
      return { name: 'ownMasked', told: result }
    case 'psi-mask':
      return { name: 'chunkMasked', told: { job, points: result.points } }
    case 'psi-sort':
      return { name: 'sorted', told: result }
    case 'psi-intersect':
      return { name: 'intersected', told: result }
    case 'psi-rows':
      return { name: 'located', told: result }
    default:
      return null
  }
}
