import { TributaryError } from '@tributary/protocol'
import type { VerticalMachineEvent, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { allow, type Clock, wake } from './clock.ts'

/** What every state of both machines has. */
export interface Clocked {
  readonly phase: string
  readonly clock: Clock
}

export interface MachineShell<State extends Clocked> {
  /** Seconds that a state gives to those who owe it something; null where nobody does. */
  readonly allowance: (state: State, around: VerticalSurroundings) => number | null
  /** Ends the run for everybody. */
  readonly fail: (state: State, error: TributaryError, around: VerticalSurroundings) => VerticalTransition<State>
}

/** One step of a machine: a check that fails inside of it ends the run; progress gives those who owe something a new deadline. */
export function shelled<State extends Clocked>(
  { allowance, fail }: MachineShell<State>,
  before: State,
  { type }: VerticalMachineEvent,
  around: VerticalSurroundings,
  step: () => VerticalTransition<State>,
): VerticalTransition<State> {
  const after = guarded(step, (error) => fail(before, error, around))
  if (after.state === before) return after
  const isPause = type === 'paused' || type === 'resumed'
  const clock = isPause ? after.state.clock : allow(before.clock, around.now, allowance(after.state, around))
  const timed = { ...after, state: { ...after.state, clock } }
  if (JSON.stringify(clock) === JSON.stringify(before.clock)) return timed
  return { ...timed, effects: [...after.effects, wake(clock)] }
}

function guarded<T>(step: () => T, onRefusal: (error: TributaryError) => T): T {
  try {
    return step()
  } catch (error) {
    if (error instanceof TributaryError) return onRefusal(error)
    throw error
  }
}
