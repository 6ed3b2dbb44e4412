import type { PhaseTable } from '../phase-table.ts'
import { cancel, exclude, extend, pauseLater, pauseNow, refuseAction, resume, start } from './actions.ts'
import { admission } from './admission.ts'
import type { MachineEvent, MachineEventType, Surroundings, Transition } from './events.ts'
import { downloaded, lateFailure, leftInTraining, trainingFailed, updateRefused, updateStored } from './messages.ts'
import { stay } from './outcome.ts'
import { aggregated, aggregationFailed, evaluated, evaluationFailed } from './results.ts'
import { settle, tryOpen } from './round.ts'
import type { RunState } from './state.ts'

type Events = { readonly [Type in MachineEventType]: Extract<MachineEvent, { type: Type }> }
type Table = PhaseTable<RunState, Events, Surroundings, Transition>

const no = (state: RunState, event: MachineEvent): Transition => refuseAction(state, event.type)
const same = (state: RunState): Transition => stay(state)

/** An update outside of its round: known bytes are a repetition, others are told where the run stands. */
const lateUpdate = (state: RunState, event: Extract<MachineEvent, { type: 'updateStored' }>): Transition => {
  const answer = admission(state, event.round, event.participant, event.update.sha256)
  return answer.kind === 'refused' ? { ...stay(state), refusal: answer.error } : stay(state)
}

const resting = {
  available: same,
  tick: same,
  downloaded: same,
  updateStored: lateUpdate,
  updateRefused: same,
  trainingFailed: lateFailure,
  left: same,
  aggregated: same,
  aggregationFailed: same,
  evaluated: same,
  evaluationFailed: same,
} as const

const ended = { ...resting, start: no, pause: no, resume: no, cancel: no, extend: no, exclude: no } as const

export const table: Table = {
  created: { ...resting, start, pause: no, resume: no, cancel, extend: no, exclude },
  selecting: {
    ...resting,
    available: (s, _, a) => tryOpen(s, a),
    tick: (s, _, a) => tryOpen(s, a),
    start: same,
    pause: pauseNow,
    resume: no,
    cancel,
    extend,
    exclude,
  },
  training: {
    start: same,
    available: (s, _, a) => settle(s, a),
    tick: (s, _, a) => settle(s, a),
    downloaded,
    updateStored,
    updateRefused,
    trainingFailed,
    left: leftInTraining,
    aggregated: same,
    aggregationFailed: same,
    evaluated: same,
    evaluationFailed: same,
    pause: pauseLater,
    resume,
    cancel,
    extend,
    exclude,
  },
  aggregating: { ...resting, aggregated, aggregationFailed, start: same, pause: pauseLater, resume, cancel, extend: no, exclude },
  evaluating: { ...resting, evaluated, evaluationFailed, start: same, pause: pauseLater, resume, cancel, extend: no, exclude },
  paused: { ...resting, start: no, pause: same, resume, cancel, extend: no, exclude },
  completed: ended,
  failed: ended,
  cancelled: ended,
}

/** One step of a run: no clock, no randomness but the config's seed, no I/O. */
export function transition(state: RunState, event: MachineEvent, around: Surroundings): Transition {
  // The table's type ties each cell to its phase and event; indexing by two unions loses that tie.
  const handler = table[state.phase][event.type] as (state: RunState, event: MachineEvent, around: Surroundings) => Transition
  return handler(state, event, around)
}
