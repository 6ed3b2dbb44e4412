import type { NamedEvent } from '../../phase-table.ts'
import type { VerticalMachineEvent } from '../effects.ts'
import { type CourseEvents, courseEventOf } from '../run/course-events.ts'
import { type Mail, mailOf, type Result } from '../run/mail.ts'

type Of<Type extends VerticalMachineEvent['type']> = Extract<VerticalMachineEvent, { type: Type }>

/** Columns of a party's table. */
export interface PartyEvents extends CourseEvents {
  /** Mail and results of the alignment. */
  psi: VerticalMachineEvent
  aligned: Mail<'aligned'>
  stepKey: Mail<'step-key'>
  u: Mail<'u'>
  d: Mail<'d'>
  opened: Mail<'opened'>
  decide: Mail<'decide'>
  finished: Mail<'done'>
  abortedBy: Mail<'abort'>
  predictionAsked: Mail<'predict'>
  predictionShare: Mail<'predict-share'>
  /** What only the key service takes. */
  misdirected: Mail<'ready' | 'open' | 'share'>
  prepared: Result<'prepare'>
  encrypted: Result<'encrypt'>
  combined: Result<'combine'>
  requested: Result<'request'>
  summed: Result<'predict-sum'>
  /** Results that only the key service waits for. */
  strayResult: { readonly job: string }
}
export type PartyEvent = NamedEvent<PartyEvents>

export function partyEventOf(event: VerticalMachineEvent): PartyEvent {
  switch (event.type) {
    case 'message':
      return messageEvent(event)
    case 'jobDone':
      return resultEvent(event)
    case 'jobFailed':
      return event.job.startsWith('psi-') ? { name: 'psi', told: event } : courseEventOf(event)
    default:
      return courseEventOf(event)
  }
}

function messageEvent(event: Of<'message'>): PartyEvent {
  const { kind } = event.content
  switch (kind) {
    case 'psi-set':
    case 'psi-final':
    case 'psi-common':
      return { name: 'psi', told: event }
    case 'aligned':
      return { name: 'aligned', told: mailOf(event, kind) }
    case 'step-key':
      return { name: 'stepKey', told: mailOf(event, kind) }
    case 'u':
      return { name: 'u', told: mailOf(event, kind) }
    case 'd':
      return { name: 'd', told: mailOf(event, kind) }
    case 'opened':
      return { name: 'opened', told: mailOf(event, kind) }
    case 'decide':
      return { name: 'decide', told: mailOf(event, kind) }
    case 'done':
      return { name: 'finished', told: mailOf(event, kind) }
    case 'abort':
      return { name: 'abortedBy', told: mailOf(event, kind) }
    case 'predict':
      return { name: 'predictionAsked', told: mailOf(event, kind) }
    case 'predict-share':
      return { name: 'predictionShare', told: mailOf(event, kind) }
    case 'ready':
    case 'open':
    case 'share':
      return { name: 'misdirected', told: mailOf(event, kind) }
  }
}

function resultEvent(event: Of<'jobDone'>): PartyEvent {
  const { job, result } = event
  switch (result.kind) {
    case 'psi-own':
    case 'psi-mask':
    case 'psi-sort':
    case 'psi-intersect':
    case 'psi-rows':
      return { name: 'psi', told: event }
    case 'prepare':
      return { name: 'prepared', told: { job, result } }
    case 'encrypt':
      return { name: 'encrypted', told: { job, result } }
    case 'combine':
      return { name: 'combined', told: { job, result } }
    case 'request':
      return { name: 'requested', told: { job, result } }
    case 'predict-sum':
      return { name: 'summed', told: { job, result } }
    case 'keygen':
    case 'open':
      return { name: 'strayResult', told: { job } }
  }
}
