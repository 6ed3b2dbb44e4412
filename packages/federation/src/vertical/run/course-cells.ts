import { TributaryError } from '@tributary/protocol'
import type { VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { abortedWith, endedBy, ownReason } from './abort-reason.ts'
import { isOverdue, pauseClock, resumeClock } from './clock.ts'
import type { CourseEvents } from './course-events.ts'
import type { Clocked, MachineShell } from './machine-shell.ts'
import type { Mail } from './mail.ts'
import { predictionReceiver } from './roles.ts'
import { outOfPlace, refuse, stay } from './transitions.ts'

export interface CourseParts<State extends Clocked> extends MachineShell<State> {
  /** Who did not answer in time. */
  readonly waitingFor: (state: State, around: VerticalSurroundings) => TributaryError
  /** The run was ended by somebody else; nobody is told again. */
  readonly endedElsewhere: (state: State, error: TributaryError, around: VerticalSurroundings) => VerticalTransition<State>
}

/** Cells of both machines' tables for what has nothing to do with the protocol's steps: pauses, deadlines, ends, mail out of place. */
export function courseCells<State extends Clocked>({ allowance, fail, waitingFor, endedElsewhere }: CourseParts<State>) {
  type Step = VerticalTransition<State>
  const same = (state: State): Step => stay(state)
  return {
    same,
    late: (state: State, mail: Mail): Step => outOfPlace(state, mail),
    brokenJob: (state: State, { error }: CourseEvents['jobFailed'], around: VerticalSurroundings): Step =>
      fail(state, TributaryError.fromBody(error), around),
    /** A prediction is asked before there is a model. */
    notYet: (state: State, _: unknown, { me, manifest }: VerticalSurroundings): Step => {
      const receiver = predictionReceiver(manifest)
      if (me !== receiver) return refuse(state, new TributaryError('predict_not_receiver', { name: me, receiver }))
      return refuse(state, new TributaryError('slr_state', { kind: 'predict', step: 0, state: state.phase }))
    },
    /** While the run goes on. */
    going: {
      tick: (state: State, _: unknown, around: VerticalSurroundings): Step =>
        isOverdue(state.clock, around.now) ? fail(state, waitingFor(state, around), around) : stay(state),
      paused: (state: State, _: unknown, around: VerticalSurroundings): Step =>
        state.clock.paused
          ? stay(state)
          : { state: { ...state, clock: pauseClock(state.clock, around.now, allowance(state, around)) }, effects: [] },
      resumed: (state: State, _: unknown, { now }: VerticalSurroundings): Step =>
        state.clock.paused ? { state: { ...state, clock: resumeClock(state.clock, now) }, effects: [] } : stay(state),
      cancelled: (state: State, { by, reason, code = null }: CourseEvents['cancelled'], around: VerticalSurroundings): Step =>
        endedElsewhere(state, endedBy(by, reason, code), around),
      abort: (state: State, { reason, error }: CourseEvents['abort'], around: VerticalSurroundings): Step =>
        fail(state, ownReason(around.me, reason, error), around),
      abortedBy: (state: State, { from, body }: Mail<'abort'>, around: VerticalSurroundings): Step =>
        endedElsewhere(state, abortedWith(from, body), around),
    },
    /** Once it is over. */
    over: { tick: same, paused: same, resumed: same, cancelled: same, abort: same, abortedBy: same },
  }
}
