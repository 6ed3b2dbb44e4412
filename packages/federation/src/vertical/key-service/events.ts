import type { NamedEvent } from '../../phase-table.ts'
import type { VerticalMachineEvent } from '../effects.ts'
import { type CourseEvents, courseEventOf } from '../run/course-events.ts'
import { type Mail, mailOf, type Result } from '../run/mail.ts'

type Of<Type extends VerticalMachineEvent['type']> = Extract<VerticalMachineEvent, { type: Type }>

/** Columns of the key service's table. */
export interface KeyServiceEvents extends CourseEvents {
  aligned: Mail<'aligned'>
  ready: Mail<'ready'>
  open: Mail<'open'>
  share: Mail<'share'>
  abortedBy: Mail<'abort'>
  predictionShare: Mail<'predict-share'>
  /** What only parties with rows take. */
  misdirected: Mail
  keyed: Result<'keygen'>
  opened: Result<'open'>
  summed: Result<'predict-sum'>
  strayResult: { readonly job: string }
}
export type KeyServiceEvent = NamedEvent<KeyServiceEvents>

export function keyServiceEventOf(event: VerticalMachineEvent): KeyServiceEvent {
  switch (event.type) {
    case 'message':
      return messageEvent(event)
    case 'jobDone':
      return resultEvent(event)
    default:
      return courseEventOf(event)
  }
}

function messageEvent(event: Of<'message'>): KeyServiceEvent {
  const { kind } = event.content
  switch (kind) {
    case 'aligned':
      return { name: 'aligned', told: mailOf(event, kind) }
    case 'ready':
      return { name: 'ready', told: mailOf(event, kind) }
    case 'open':
      return { name: 'open', told: mailOf(event, kind) }
    case 'share':
      return { name: 'share', told: mailOf(event, kind) }
    case 'abort':
      return { name: 'abortedBy', told: mailOf(event, kind) }
    case 'predict-share':
      return { name: 'predictionShare', told: mailOf(event, kind) }
    default:
      return { name: 'misdirected', told: mailOf(event, kind) }
  }
}

function resultEvent({ job, result }: Of<'jobDone'>): KeyServiceEvent {
  switch (result.kind) {
    case 'keygen':
      return { name: 'keyed', told: { job, result } }
    case 'open':
      return { name: 'opened', told: { job, result } }
    case 'predict-sum':
      return { name: 'summed', told: { job, result } }
    default:
      return { name: 'strayResult', told: { job } }
  }
}
