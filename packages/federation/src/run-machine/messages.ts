import { type RunEvent, TributaryError } from '@tributary/protocol'
import { admission } from './admission.ts'
import type { MachineEvent, Surroundings, Transition } from './events.ts'
import { andThen, move, refuse, stay } from './outcome.ts'
import { isPending, settle, withMember } from './round.ts'
import type { RoundMember, RunState, Training } from './state.ts'

type Of<Type extends MachineEvent['type']> = Extract<MachineEvent, { type: Type }>

const memberOf = (state: Training, round: number, participant: string): RoundMember | undefined =>
  round === state.open.number ? state.open.members.find(({ id }) => id === participant) : undefined

const who = (member: RoundMember, round: number) => ({ round, participant: member.id, name: member.name })

export function downloaded(state: Training, event: Of<'downloaded'>, around: Surroundings): Transition {
  const member = memberOf(state, event.round, event.participant)
  if (member?.status !== 'selected') return stay(state)
  const next = withMember(state, member.id, (m) => ({ ...m, status: 'downloaded', downloadedAt: around.now }))
  return move(state, next, [], [{ type: 'participant.downloaded', data: { ...who(member, event.round), bytes: event.bytes } }])
}

export function updateStored(state: Training, event: Of<'updateStored'>, around: Surroundings): Transition {
  const { update } = event
  const admitted = admission(state, event.round, event.participant, update.sha256)
  if (admitted.kind === 'repeated') return stay(state)
  if (admitted.kind === 'refused') return { ...stay(state), refusal: admitted.error }
  const { member } = admitted
  const next = withMember(state, member.id, (m) => ({
    ...m,
    status: 'accepted',
    uploadedAt: around.now,
    update,
    reason: null,
    refusal: null,
  }))
  const { loss, seconds, backend, accuracy } = update.report
  const { name } = member
  const metric = (metricName: string, value: number | null): RunEvent[] =>
    value === null
      ? []
      : [{ type: 'metric', data: { round: event.round, scope: 'participant', name: metricName, participant: name, value } }]
  const log: RunEvent[] = [
    { type: 'participant.trained', data: { ...who(member, event.round), seconds, loss } },
    {
      type: 'update.accepted',
      data: {
        ...who(member, event.round),
        sha256: update.sha256,
        samples: update.samples,
        bytes: update.bytes,
        seconds,
        loss,
        backend,
      },
    },
    ...metric('loss', loss),
    ...metric('accuracy', accuracy),
  ]
  return andThen(move(state, next, [{ type: 'fold', open: next.open }], log), () => settle(next, around))
}

/** A refused update is counted and said, and harms nothing. */
export function updateRefused(state: Training, event: Of<'updateRefused'>): Transition {
  const member = memberOf(state, event.round, event.participant)
  if (member === undefined) return stay(state)
  const { code, details } = event.error
  const next = withMember(state, member.id, (m) => ({
    ...m,
    rejects: m.rejects + 1,
    refusal: isPending(m) ? { code, details } : m.refusal,
  }))
  return move(state, next, [], [{ type: 'update.rejected', data: { ...who(member, event.round), error: event.error } }])
}

/** A failure in a round that is not open changes nothing any more. */
export const lateFailure = (state: RunState, { round }: Of<'trainingFailed'>): Transition =>
  refuse(state, 'round_not_open', { round, state: state.phase, current: state.round })

export function trainingFailed(state: Training, event: Of<'trainingFailed'>, around: Surroundings): Transition {
  if (event.round !== state.open.number) return lateFailure(state, event)
  const member = memberOf(state, event.round, event.participant)
  if (member === undefined) return refuse(state, 'not_selected', { participant: event.participant, round: event.round })
  if (!isPending(member)) return stay(state)
  const error = new TributaryError('training_failed', { participant: member.name, reason: event.reason })
  const next = withMember(state, member.id, (m) => ({ ...m, status: 'failed', reason: event.reason }))
  const log: RunEvent[] = [{ type: 'participant.failed', data: { ...who(member, event.round), error: error.toBody() } }]
  return andThen(move(state, next, [{ type: 'fold', open: next.open }], log), () => settle(next, around))
}

/** Leaving takes back no acknowledged update and lowers no target. */
export function leftInTraining(state: Training, event: Of<'left'>, around: Surroundings): Transition {
  const member = state.open.members.find(({ id }) => id === event.participant)
  if (member === undefined || !isPending(member)) return stay(state)
  const next = withMember(state, member.id, (m) => ({ ...m, status: 'left', reason: event.reason }))
  const log: RunEvent[] = [
    { type: 'participant.dropped', data: { ...who(member, state.open.number), reason: `left: ${event.reason}` } },
  ]
  return andThen(move(state, next, [{ type: 'fold', open: next.open }], log), () => settle(next, around))
}
