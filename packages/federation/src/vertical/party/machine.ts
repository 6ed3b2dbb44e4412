import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings, VerticalTransition } from '../effects.ts'
import { sumJobs } from '../prediction/predict.ts'
import { newPsi, psiRecovery } from '../psi/index.ts'
import { idleClock, wakeAfterRestart } from '../run/clock.ts'
import { shelled } from '../run/machine-shell.ts'
import { PREPARE_JOB } from './aligning.ts'
import { allowance } from './deadlines.ts'
import { partyEventOf } from './events.ts'
import type { PartyState } from './state.ts'
import { stepJob } from './stepping.ts'
import { fail, type PartyTransition } from './steps.ts'
import { partyTable } from './table.ts'

const shell = { allowance, fail }

/**
 * A data party before its run begins.
 * @param scalar this party's secret of this run for the alignment, hex: drawn afresh (`newScalar` of the crypto package)
 */
export function newParty({ scalar }: { readonly scalar: string }): PartyState {
  return { phase: 'aligning', clock: idleClock, alignments: {}, heads: [], psi: newPsi(scalar) }
}

/**
 * One step of a data party: no clock, no randomness, no I/O. Mail out of place is refused without a change (`slr_state`,
 * `slr_equivocation`, `he_size`, `predict_*`); what may not go on ends the run with an `abort` to all and an effect `end`.
 */
export function partyTransition(
  state: PartyState,
  event: VerticalMachineEvent,
  around: VerticalSurroundings,
): VerticalTransition<PartyState> {
  const { name, told } = partyEventOf(event)
  // The table's type ties each cell to its phase and event; indexing by two unions loses that tie.
  const handler = partyTable[state.phase][name] as (
    state: PartyState,
    told: unknown,
    around: VerticalSurroundings,
  ) => PartyTransition
  return shelled(shell, state, event, around, () => handler(state, told, around))
}

/** After a restart: the jobs that the state waits for, once more, and the timer. What was sent is the shell's to send again. */
export function partyRecovery(state: PartyState, around: VerticalSurroundings): readonly VerticalEffect[] {
  return [...jobsOf(state, around), wakeAfterRestart(state.clock, around.now, allowance(state, around))]
}

function jobsOf(state: PartyState, around: VerticalSurroundings): readonly VerticalEffect[] {
  switch (state.phase) {
    case 'aligning':
      return psiRecovery(state.psi, around)
    case 'preparing':
      return [{ type: 'job', id: PREPARE_JOB, job: { kind: 'prepare' } }]
    case 'done':
      return sumJobs(state, around)
    case 'comparing':
    case 'aborted':
      return []
    default: {
      const job = stepJob(state, around)
      return job === null ? [] : [job]
    }
  }
}
