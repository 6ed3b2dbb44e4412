import type { VerticalOptimiser } from '@tributary/protocol'
import { solveCholesky } from '../arithmetic/cholesky.ts'
import { addScaled, dot, scaled } from '../arithmetic/vectors.ts'
import type { OptimiserState, OwnPart } from './state.ts'
import type { Totals } from './totals.ts'

/** Own parts of the closing step's totals; h = X_jᵀXw without the label. */
export interface OwnClosing {
  readonly gPg: number
  readonly f: number
  readonly loss: number
}

/** True gradient at the final w: q = 2h + λw, g = q − b with b = −2h⁰, f = yᵀy + w·q/2 − b·w. */
export function ownClosing({ w, h, h0 }: OptimiserState, { lambda, factor, labelSquares }: OwnPart): OwnClosing {
  const q = addScaled(scaled(2, h), lambda, w)
  const g = addScaled(q, 2, h0)
  const f = labelSquares + dot(w, q) / 2 + 2 * dot(h0, w)
  return { gPg: dot(g, solveCholesky(factor, g)), f, loss: f - (lambda / 2) * dot(w, w) }
}

/** Σ gᵀP⁻¹g ≤ this·ρ₀ at the closing step is converged. */
const CONVERGED_RATIO = 1e-8
/** pcg: f of the closing step and f by recurrence agree within this·n. */
const LOSS_AGREEMENT = 1e-4

/** Whether the closing step's result is the minimum: the key service says so, every party checks that it follows. */
export function isConverged(
  { gradientRatio, f }: { readonly gradientRatio: number; readonly f: number },
  before: Totals,
  optimiser: VerticalOptimiser['name'],
  rows: number,
): boolean {
  const agrees = optimiser !== 'pcg' || Math.abs(f - (before.f ?? f)) <= LOSS_AGREEMENT * rows
  return gradientRatio <= CONVERGED_RATIO && agrees
}
