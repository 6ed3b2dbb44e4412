import { type RunEvent, TributaryError } from '@tributary/protocol'
import { byName, selectClients } from '../selection/select.ts'
import { absenceOf } from './absence.ts'
import type { Effect, Surroundings, Transition } from './events.ts'
import { andThen, failureReason, move, stay } from './outcome.ts'
import {
  baseOf,
  type Member,
  type OpenRound,
  openRoundOf,
  type RoundMember,
  type RunState,
  type Selecting,
  type Training,
} from './state.ts'

const seconds = (value: number): number => Math.round(value * 1000)

export const isPending = ({ status }: RoundMember): boolean => status === 'selected' || status === 'downloaded'
export const missingOf = (open: OpenRound): RoundMember[] => open.members.filter(({ update }) => update === null)
export const accepted = (open: OpenRound): RoundMember[] => open.members.filter(({ update }) => update !== null)
const pending = (open: OpenRound): RoundMember[] => open.members.filter(isPending)

export const patienceEnd = (state: Training): number => state.open.deadlineAt + seconds(state.config.patienceSeconds)

/** Begins to look for participants of the next round. */
export function toSelecting(
  from: RunState,
  around: Surroundings,
  effects: readonly Effect[] = [],
  log: readonly RunEvent[] = [],
): Transition {
  const giveUpAt = around.now + seconds(from.config.deadlineSeconds + from.config.patienceSeconds)
  const selecting: Selecting = { ...baseOf(from), phase: 'selecting', giveUpAt }
  return andThen(move(from, selecting, [...effects, { type: 'wake', at: giveUpAt }], log), () => tryOpen(selecting, around))
}

const candidates = (state: Selecting | Training, around: Surroundings): Member[] =>
  around.eligible.filter(({ id }) => !state.excluded.includes(id))

const newMember =
  (now: number) =>
  ({ id, name }: Member): RoundMember => ({
    id,
    name,
    status: 'selected',
    selectedAt: now,
    downloadedAt: null,
    uploadedAt: null,
    update: null,
    rejects: 0,
    reason: null,
    refusal: null,
  })

const refs = (members: readonly Member[]) => members.map(({ id, name }) => ({ participant: id, name }))

/** Opens the next round when enough participants are eligible; gives up when that took too long. */
export function tryOpen(state: Selecting, around: Surroundings): Transition {
  const { config, modelSha256 } = state
  const eligible = candidates(state, around)
  const number = state.round + 1
  const selection = selectClients(eligible, config.selection, config.seed, number)
  if (selection === null) {
    if (around.now < state.giveUpAt) return stay(state)
    const error = new TributaryError('run_failed_no_participants', {
      round: number,
      eligible: eligible.length,
      minimum: config.selection.minimum,
    })
    return fail(state, error, [])
  }
  const open: OpenRound = {
    number,
    openedAt: around.now,
    deadlineAt: around.now + seconds(config.deadlineSeconds),
    overdue: false,
    target: selection.target,
    minimum: config.selection.minimum,
    modelSha256,
    members: selection.members.map(newMember(around.now)),
  }
  const { run, modelBytes, pausePending, excluded } = state
  const training: Training = {
    run,
    config,
    round: number,
    modelSha256,
    modelBytes,
    pausePending,
    excluded,
    phase: 'training',
    open,
  }
  const opened: RunEvent = {
    type: 'round.opened',
    data: {
      round: number,
      selected: refs(open.members),
      target: open.target,
      minimum: open.minimum,
      deadlineAt: new Date(open.deadlineAt).toISOString(),
      modelSha256,
    },
  }
  return move(
    state,
    training,
    [
      { type: 'assign', round: number, members: open.members },
      { type: 'wake', at: open.deadlineAt },
    ],
    [opened],
  )
}

/** The open round with one member changed. */
export function withMember(state: Training, id: string, change: (member: RoundMember) => RoundMember): Training {
  return {
    ...state,
    open: { ...state.open, members: state.open.members.map((member) => (member.id === id ? change(member) : member)) },
  }
}

/**
 * Closes, refills, prolongs or fails the open round, whichever its members and the time ask for.
 * A leaver changes neither the target nor the minimum; an update of a leaver that was acknowledged still counts.
 */
export function settle(state: Training, around: Surroundings): Transition {
  const { open } = state
  const have = accepted(open).length
  const waiting = pending(open).length
  const due = around.now >= open.deadlineAt
  const patienceUntil = patienceEnd(state)
  if (have >= open.target || (have >= open.minimum && due)) return closeForAggregation(state)
  if (around.now >= patienceUntil) return failBelowMinimum(state, around)
  // Before the round closes with fewer than its target: a leaver must not close it while others could be asked.
  const refilled = refill(state, open.target - have - waiting, around)
  if (refilled !== null) return andThen(refilled.transition, () => settle(refilled.state, around))
  if (have >= open.minimum && waiting === 0) return closeForAggregation(state)
  // Everybody answered that they cannot: waiting would not help, the reason is known now.
  if (have + waiting === 0 && open.members.every(({ status }) => status === 'failed')) return failBelowMinimum(state, around)
  if (!due || open.overdue) return stay(state)
  const overdue: Training = { ...state, open: { ...open, overdue: true } }
  const event: RunEvent = {
    type: 'round.overdue',
    data: { round: open.number, accepted: have, minimum: open.minimum, patienceUntil: new Date(patienceUntil).toISOString() },
  }
  return move(state, overdue, [{ type: 'wake', at: patienceUntil }], [event])
}

/** Asks others in place of those who left, failed or were excluded. */
function refill(
  state: Training,
  places: number,
  around: Surroundings,
): { readonly state: Training; readonly transition: Transition } | null {
  if (places <= 0) return null
  const { open } = state
  const fresh = candidates(state, around)
    .filter(({ id }) => !open.members.some((member) => member.id === id))
    .sort(byName)
    .slice(0, places)
    .map(newMember(around.now))
  if (fresh.length === 0) return null
  const members = [...open.members, ...fresh].sort(byName)
  const event: RunEvent = {
    type: 'round.opened',
    data: {
      round: open.number,
      selected: refs(members),
      target: open.target,
      minimum: open.minimum,
      deadlineAt: new Date(open.deadlineAt).toISOString(),
      modelSha256: open.modelSha256,
    },
  }
  const next: Training = { ...state, open: { ...open, members } }
  return { state: next, transition: move(state, next, [{ type: 'assign', round: open.number, members: fresh }], [event]) }
}

function closeForAggregation(state: Training): Transition {
  const late = pending(state.open)
  const withdrawal: Effect[] =
    late.length === 0
      ? []
      : [
          {
            type: 'withdraw',
            round: state.open.number,
            members: late,
            error: new TributaryError('round_not_open', {
              round: state.open.number,
              state: 'aggregating',
              current: state.open.number,
            }),
          },
        ]
  return move(state, { ...state, phase: 'aggregating' }, [
    { type: 'wake', at: null },
    ...withdrawal,
    { type: 'aggregate', open: state.open },
  ])
}

function failBelowMinimum(state: Training, around: Surroundings): Transition {
  const { open } = state
  const missing = missingOf(open)
  const error = new TributaryError('run_failed_below_minimum', {
    round: open.number,
    accepted: accepted(open).length,
    minimum: open.minimum,
    missing: missing.map((member) => absenceOf(member, around)),
  })
  return fail(
    state,
    error,
    missing.map(({ name }) => name),
  )
}

/** Ends the run with a reason. */
export function fail(state: RunState, error: TributaryError, participants: readonly string[]): Transition {
  const failure = failureReason(error, participants)
  const failed: RunState = { ...baseOf(state), phase: 'failed', failure, open: openRoundOf(state) }
  return move(state, failed, endEffects(state, failed, error))
}

/** Tells those who still work that they need not, and everybody that it is over. */
export function endEffects(from: RunState, to: RunState, error: TributaryError): Effect[] {
  const working = from.phase === 'training' ? pending(from.open) : []
  return [
    { type: 'wake', at: null },
    ...(working.length > 0 ? [{ type: 'withdraw', round: from.round, members: working, error } as const] : []),
    { type: 'ended', state: to },
  ]
}
