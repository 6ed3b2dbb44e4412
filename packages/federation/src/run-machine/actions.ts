import { type RunActionName, type RunEvent, TributaryError } from '@tributary/protocol'
import type { MachineEvent, Surroundings, Transition } from './events.ts'
import { andThen, failureReason, move, refuse, stay } from './outcome.ts'
import { endEffects, isPending, patienceEnd, settle, toSelecting, withMember } from './round.ts'
import { baseOf, hasEnded, openRoundOf, type Paused, type RunState } from './state.ts'

type Action = Extract<MachineEvent, { by: string }>

const logged = (action: Action['type'], { by, reason }: Action, details: Record<string, unknown> = {}): RunEvent => ({
  type: 'action',
  data: { action, by, reason, details },
})

/** What a person may do to a run in this state; roles narrow it further. */
export function allowedRunActions(state: RunState): RunActionName[] {
  switch (state.phase) {
    case 'created':
      return ['start', 'cancel', 'exclude']
    case 'selecting':
    case 'training':
      return [state.pausePending ? 'resume' : 'pause', 'extend', 'exclude', 'cancel']
    case 'aggregating':
    case 'evaluating':
      return [state.pausePending ? 'resume' : 'pause', 'exclude', 'cancel']
    case 'paused':
      return ['resume', 'exclude', 'cancel']
    case 'completed':
    case 'failed':
    case 'cancelled':
      return []
  }
}

export const refuseAction = (state: RunState, action: string): Transition =>
  refuse(state, 'action_not_allowed', { action, state: state.phase })

export function start(state: RunState, event: Extract<MachineEvent, { type: 'start' }>, around: Surroundings): Transition {
  return toSelecting(state, around, [], [logged('start', event)])
}

/** While a round is open the pause waits for its end: no update is thrown away. */
export function pauseLater(state: RunState, event: Extract<MachineEvent, { type: 'pause' }>): Transition {
  if (state.pausePending) return stay(state)
  return move(state, { ...state, pausePending: true }, [], [logged('pause', event, { takesEffect: 'when the round closes' })])
}

export function pauseNow(state: RunState, event: Extract<MachineEvent, { type: 'pause' }>): Transition {
  return move(state, toPaused(state), [{ type: 'wake', at: null }], [logged('pause', event, { takesEffect: 'now' })])
}

export const toPaused = (state: RunState): Paused => ({ ...baseOf(state), phase: 'paused' })

export function resume(state: RunState, event: Extract<MachineEvent, { type: 'resume' }>, around: Surroundings): Transition {
  if (state.phase === 'paused') return toSelecting(state, around, [], [logged('resume', event)])
  if (!state.pausePending) return refuseAction(state, 'resume')
  return move(state, { ...state, pausePending: false }, [], [logged('resume', event)])
}

export function cancel(state: RunState, event: Extract<MachineEvent, { type: 'cancel' }>): Transition {
  if (hasEnded(state)) return refuseAction(state, 'cancel')
  const error = new TributaryError('run_cancelled', { reason: event.reason })
  const cancelled: RunState = { ...baseOf(state), phase: 'cancelled', failure: failureReason(error), open: openRoundOf(state) }
  return move(state, cancelled, endEffects(state, cancelled, error), [logged('cancel', event)])
}

export function extend(state: RunState, event: Extract<MachineEvent, { type: 'extend' }>): Transition {
  const more = event.seconds * 1000
  const log = [logged('extend', event, { seconds: event.seconds })]
  if (state.phase === 'selecting') {
    const giveUpAt = state.giveUpAt + more
    return move(state, { ...state, giveUpAt }, [{ type: 'wake', at: giveUpAt }], log)
  }
  if (state.phase !== 'training') return refuseAction(state, 'extend')
  const deadlineAt = state.open.deadlineAt + more
  const extended = { ...state, open: { ...state.open, deadlineAt, overdue: false } }
  return move(state, extended, [{ type: 'wake', at: deadlineAt }], log)
}

/**
 * Keeps a participant out of this run from now on. While the round still trains its update is taken out of the sum again;
 * later it has counted and stays.
 */
export function exclude(state: RunState, event: Extract<MachineEvent, { type: 'exclude' }>, around: Surroundings): Transition {
  const { participant, reason } = event
  if (state.excluded.includes(participant)) return stay(state)
  const excluded = { ...state, excluded: [...state.excluded, participant] }
  const member = 'open' in state ? state.open?.members.find(({ id }) => id === participant) : undefined
  const countsThisRound = state.phase !== 'training' && member?.update != null
  // Readers who may not know the participant are told of it by a name for its name: see eventInView of the coordinator.
  const name = (member ?? around.eligible.find(({ id }) => id === participant))?.name
  const log = [logged('exclude', event, { participant, ...(name === undefined ? {} : { name }), countsThisRound })]
  if (excluded.phase !== 'training' || member === undefined) return move(state, excluded, [], log)
  const without = withMember(excluded, participant, (m) => ({ ...m, status: 'excluded', update: null, reason }))
  const error = new TributaryError('participant_excluded', { reason })
  const moved = move(
    state,
    without,
    [
      ...(isPending(member) ? [{ type: 'withdraw', round: state.round, members: [member], error } as const] : []),
      { type: 'fold', open: without.open },
      { type: 'wake', at: without.open.overdue ? patienceEnd(without) : without.open.deadlineAt },
    ],
    [...log, { type: 'participant.dropped', data: { round: without.open.number, participant, name: member.name, reason } }],
  )
  return andThen(moved, () => settle(without, around))
}
