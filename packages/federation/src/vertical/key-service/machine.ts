import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { sumJobs } from '../prediction/predict.ts'
import { idleClock, wakeAfterRestart } from '../run/clock.ts'
import { shelled } from '../run/machine-shell.ts'
import { allowance } from './deadlines.ts'
import { keyServiceEventOf } from './events.ts'
import { keygenJob } from './keying.ts'
import { openJobs } from './opening.ts'
import type { KeyServiceState } from './state.ts'
import { fail, type KeyServiceTransition } from './steps.ts'
import { keyServiceTable } from './table.ts'

const shell = { allowance, fail }

/** The key service before a run begins. */
export const newKeyService = (): KeyServiceState => ({ phase: 'idle', clock: idleClock })

/**
 * One step of the key service: no clock, no randomness, no I/O. It opens once for each (step, party), p_j numbers, under the
 * step's key, within the quota; it sees totals, never a party's value. Refusals change nothing: `key_state`, `key_quota`,
 * `key_wrong_step`, `key_mismatch`, `he_size`, `slr_equivocation`, `slr_state`.
 */
export function keyServiceTransition(
  state: KeyServiceState,
  event: VerticalMachineEvent,
  around: VerticalSurroundings,
): VerticalTransition<KeyServiceState> {
  const { name, told } = keyServiceEventOf(event)
  // The table's type ties each cell to its phase and event; indexing by two unions loses that tie.
  const handler = keyServiceTable[state.phase][name] as (
    state: KeyServiceState,
    told: unknown,
    around: VerticalSurroundings,
  ) => KeyServiceTransition
  return shelled(shell, state, event, around, () => handler(state, told, around))
}

/** After a restart: the jobs that the state waits for, once more, and the timer. What was sent is the shell's to send again. */
export function keyServiceRecovery(state: KeyServiceState, around: VerticalSurroundings): readonly VerticalEffect[] {
  const timer = wakeAfterRestart(state.clock, around.now, allowance(state, around))
  switch (state.phase) {
    case 'keying':
      return [keygenJob(state, around), timer]
    case 'opening':
      return [...openJobs(state, around), timer]
    case 'done':
      return [...sumJobs(state, around), timer]
    default:
      return [timer]
  }
}
