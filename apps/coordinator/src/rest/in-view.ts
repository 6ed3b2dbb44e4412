import {
  type FailureReason,
  type LoggedEvent,
  type Participant,
  type ParticipantProgress,
  participantIdSchema,
  participantNameSchema,
  type Round,
  type RunEvent,
} from '@tributary/protocol'
import { z } from 'zod'
import { errorInView, maskedError, textInView, WITHHELD } from '../access/masked-text.ts'
import type { View } from '../access/view.ts'
import type { MetricCurve } from '../storage/store.ts'

/* What is told of participants, as a caller may know it. */

const whoSchema = z.object({ participant: participantIdSchema, name: participantNameSchema })
type Who = z.infer<typeof whoSchema>

export function participantInView(participant: Participant, view: View): Participant {
  const known = { ...participant, id: view.id(participant.id, participant.name), name: view.name(participant.name) }
  if (view.single(participant.name, participant.id)) return known
  return { ...known, samples: null, backend: null, clientVersion: null }
}

export function roundInView(round: Round, view: View): Round {
  if (view.whole) return round
  const participants = round.participants.map((one) => ({
    ...one,
    participant: view.id(one.participant, one.name),
    name: view.name(one.name),
    ...(view.single(one.name, one.participant) ? {} : { samples: null, weight: null, loss: null, trainSeconds: null }),
  }))
  return { ...round, participants }
}

export function progressInView(progress: ParticipantProgress, view: View): ParticipantProgress {
  const name = view.name(progress.name)
  return view.single(progress.name) ? { ...progress, name } : { ...progress, name, samplesPerSecond: null, loss: null }
}

/** Curves of those that the caller may see alone; the others' are not there. */
export const curvesInView = (curves: readonly MetricCurve[], view: View): MetricCurve[] =>
  curves
    .filter(({ participant }) => participant === null || view.single(participant))
    .map((curve) => ({ ...curve, participant: curve.participant === null ? null : view.name(curve.participant) }))

export function failureInView(failure: FailureReason, view: View): FailureReason {
  if (view.whole) return failure
  const { participants } = failure
  return { ...errorInView(failure, participants, view), participants: participants.map((name) => view.name(name)) }
}

export const loggedEventInView = (logged: LoggedEvent, view: View): LoggedEvent =>
  view.whole ? logged : { ...logged, event: eventInView(logged.event, view) }

/** Every event keeps its place: what may not be known is left out of it, or it is `withheld`. */
export function eventInView(event: RunEvent, view: View): RunEvent {
  if (view.whole) return event
  const named = <Data extends Who>(data: Data): Data => ({
    ...data,
    participant: view.id(data.participant, data.name),
    name: view.name(data.name),
  })
  const may = (who: Who): boolean => view.single(who.name, who.participant)
  const reasonOf = (who: Who, reason: string): string => (may(who) ? textInView(reason, [who.name], view) : WITHHELD)
  switch (event.type) {
    case 'run.state': {
      const { reason } = event.data
      return { type: event.type, data: { ...event.data, reason: reason && failureInView(reason, view) } }
    }
    case 'round.opened':
      return { type: event.type, data: { ...event.data, selected: event.data.selected.map(named) } }
    case 'round.closed': {
      const { counted, missing, ...rest } = event.data
      const data = {
        ...rest,
        counted: counted.map((one) => (may(one) ? named(one) : { ...named(one), samples: null, weight: null })),
        missing: missing.map((one) => ({ ...named(one), reason: reasonOf(one, one.reason) })),
      }
      return { type: event.type, data }
    }
    case 'participant.downloaded':
      return { type: event.type, data: named(event.data) }
    case 'participant.trained':
      return {
        type: event.type,
        data: may(event.data) ? named(event.data) : { ...named(event.data), seconds: null, loss: null },
      }
    case 'update.accepted': {
      const alone = { sha256: null, samples: null, seconds: null, loss: null, backend: WITHHELD }
      return { type: event.type, data: may(event.data) ? named(event.data) : { ...named(event.data), ...alone } }
    }
    case 'update.rejected':
    case 'participant.failed': {
      const { name, error } = event.data
      return {
        type: event.type,
        data: { ...named(event.data), error: may(event.data) ? errorInView(error, [name], view) : maskedError(error) },
      }
    }
    case 'participant.dropped':
      return {
        type: event.type,
        data: { ...named(event.data), reason: reasonOf(event.data, event.data.reason) },
      }
    case 'metric': {
      const { participant, round } = event.data
      if (participant === null) return event
      if (!view.single(participant)) return { type: 'withheld', data: { round } }
      return { type: event.type, data: { ...event.data, participant: view.name(participant) } }
    }
    case 'action': {
      // What is done to a whole run is said to all; of nobody but an excluded participant does an action tell.
      if (event.data.action !== 'exclude') return event
      const { participant, name, ...details } = event.data.details
      const who = whoSchema.safeParse({ participant, name })
      // Of before the name was written: without it, the words may hold it.
      if (!who.success) return { type: event.type, data: { ...event.data, reason: WITHHELD, details } }
      const reason = reasonOf(who.data, event.data.reason)
      return { type: event.type, data: { ...event.data, reason, details: { ...details, ...named(who.data) } } }
    }
    case 'round.overdue':
    case 'withheld':
      return event
  }
}
