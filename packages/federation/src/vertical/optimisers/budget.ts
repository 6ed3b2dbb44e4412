import type { VerticalOptimiser } from '@tributary/protocol'
import { ownOutOfRange } from '../run/announced.ts'

/** Who adds to the vectors of a step. */
export interface Contributors {
  /** n. */
  readonly rows: number
  /** m: parties with columns. */
  readonly parties: number
  readonly labelPartyHasColumns: boolean
  readonly logistic: boolean
}

/** Room for rounding: ‖x_j‖ and ‖u_j‖ may be so much longer than in exact arithmetic. */
const ROUNDING = 1.001
/** gd and nesterov: three bits more. */
const DESCENT_BUDGET = 8

const isSteady = (optimiser: VerticalOptimiser['name'], step: number, closing: boolean) =>
  optimiser === 'pcg' || step === 0 || closing

/**
 * Longest ‖u_j‖ that a party may encrypt. With these, no sum of all parties' vectors is longer than m·√n (8m·√n for gd and
 * nesterov), also when the label party has no column and adds its label alone.
 */
export function normBudget(
  { rows, parties, labelPartyHasColumns, logistic }: Contributors,
  optimiser: VerticalOptimiser['name'],
  { step, closing }: { readonly step: number; readonly closing: boolean },
): number {
  if (isSteady(optimiser, step, closing)) return ROUNDING * Math.sqrt(rows)
  const ofLabel = labelPartyHasColumns ? 0 : (logistic ? 2 : 1) / Math.max(1, parties)
  return ROUNDING * (DESCENT_BUDGET - ofLabel) * Math.sqrt(rows)
}

/** Largest |h| that can come of vectors within their budgets, by Cauchy-Schwarz. */
export function productBound(
  { rows, parties }: Contributors,
  optimiser: VerticalOptimiser['name'],
  { step, closing }: { readonly step: number; readonly closing: boolean },
): number {
  return ROUNDING ** 2 * (isSteady(optimiser, step, closing) ? 1 : DESCENT_BUDGET) * Math.max(1, parties) * rows
}

/** @throws TributaryError `slr_range`: divergence is an error, never a wrap */
export function requireWithin(norm: number, budget: number, step: number): void {
  if (norm <= budget) return
  throw ownOutOfRange(step, `the own vector is ${norm.toPrecision(6)} long, its budget is ${budget.toPrecision(6)}`)
}
