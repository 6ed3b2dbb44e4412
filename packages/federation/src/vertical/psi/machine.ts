import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings } from '../effects.ts'
import { askedJobs } from './asked.ts'
import { psiEventOf } from './event-cells.ts'
import type { PsiState, PsiTransition } from './state.ts'
import { stay } from './steps.ts'
import { psiTable } from './table.ts'

/**
 * ECDH-PSI over a ring of k feature parties and the label party: each set goes round all others, masked by each, order kept; its
 * owner hands the fully masked set, sorted, to the label party, which tells all the sorted common values. Row order is ascending
 * common value, the same at all. Who learns what: everyone the sizes of all sets and the common ids; the label party the sizes
 * of all partial intersections, too. Nobody can test a guessed id without the other parties' scalars.
 *
 * @param scalar this party's secret of this run, hex: a number below the curve's order, drawn afresh (`newScalar` of the crypto package)
 */
export const newPsi = (scalar: string): PsiState => ({ phase: 'idle', scalar })

/**
 * One step of the alignment: no clock, no randomness, no I/O. Events that are none of its business change nothing. It is done
 * when the phase is `aligned`, with n and the SHA-256 over the common values in order, and over when it is `failed`; then `failure`
 * says why. Refusals: `slr_state` (late, repeated, out of place), `slr_equivocation`, `message_malformed`. Failures:
 * `psi_rule_mismatch`, `psi_too_many_ids`, `psi_bad_point`, `slr_aborted` (a lost blob or message), and whatever a job failed with.
 */
export function psiTransition(state: PsiState, event: VerticalMachineEvent, around: VerticalSurroundings): PsiTransition {
  const its = psiEventOf(event)
  if (its === null) return stay(state)
  // The table's type ties each cell to its phase and event; indexing by two unions loses that tie.
  const handler = psiTable[state.phase][its.name] as (
    state: PsiState,
    told: unknown,
    around: VerticalSurroundings,
  ) => PsiTransition
  return handler(state, its.told, around)
}

/** After a restart: the jobs that the state waits for, once more. What was sent before is the shell's to send again. */
export const psiRecovery = (state: PsiState, around: VerticalSurroundings): readonly VerticalEffect[] => askedJobs(state, around)
