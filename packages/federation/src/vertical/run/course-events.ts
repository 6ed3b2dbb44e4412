import type { ErrorBody } from '@tributary/protocol'
import type { NamedEvent } from '../../phase-table.ts'
import type { VerticalMachineEvent } from '../effects.ts'

type Of<Type extends VerticalMachineEvent['type']> = Extract<VerticalMachineEvent, { type: Type }>

/** Columns that both machines' tables have, named as their events: everything but mail and results of jobs. */
export interface CourseEvents {
  begin: Of<'begin'>
  jobFailed: { readonly job: string; readonly error: ErrorBody }
  lost: Of<'lost'>
  tick: Of<'tick'>
  paused: Of<'paused'>
  resumed: Of<'resumed'>
  cancelled: Of<'cancelled'>
  abort: Of<'abort'>
  predict: Of<'predict'>
}
export type CourseEvent = NamedEvent<CourseEvents>

/** The column has the event's own name; the type of the pair does not follow from that by itself. */
export const courseEventOf = (event: Exclude<VerticalMachineEvent, { type: 'message' | 'jobDone' }>): CourseEvent =>
  ({ name: event.type, told: event }) as CourseEvent
