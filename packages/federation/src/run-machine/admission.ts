import { type ParticipantId, TributaryError } from '@tributary/protocol'
import { isPending } from './round.ts'
import { hasEnded, openRoundOf, type RoundMember, type RunState } from './state.ts'

export type Admission =
  /** Send it: it would count. */
  | { readonly kind: 'open'; readonly member: RoundMember }
  /** These very bytes count already. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly error: TributaryError }

/** Would an update of these bytes be taken now? Asked before a byte is read, and again when it is stored. */
export function admission(state: RunState, round: number, participant: ParticipantId, sha256: string): Admission {
  const refused = (error: TributaryError): Admission => ({ kind: 'refused', error })
  const open = openRoundOf(state)
  const member = open?.number === round ? open.members.find(({ id }) => id === participant) : undefined
  if (member?.update?.sha256 === sha256 && !hasEnded(state)) return { kind: 'repeated' }
  if (state.excluded.includes(participant))
    return refused(new TributaryError('participant_excluded', { reason: member?.reason ?? 'see the run' }))
  if (state.phase !== 'training' || round !== state.open.number)
    return refused(new TributaryError('round_not_open', { round, state: state.phase, current: state.round }))
  if (member === undefined) return refused(new TributaryError('not_selected', { participant, round }))
  if (member.status === 'left') return refused(new TributaryError('participant_left'))
  if (member.update !== null) return refused(new TributaryError('update_already_accepted', { round }))
  // A participant that reported a failure may have mended it in time.
  if (isPending(member) || member.status === 'failed') return { kind: 'open', member }
  return refused(new TributaryError('round_not_open', { round, state: state.phase, current: state.round }))
}

/** The task that is open for a participant, for one that comes back. */
export function openTask(state: RunState, participant: ParticipantId): RoundMember | null {
  if (state.phase !== 'training') return null
  const member = state.open.members.find(({ id }) => id === participant)
  return member !== undefined && isPending(member) ? member : null
}
