import { solveCholesky } from '../arithmetic/cholesky.ts'
import { addScaled, dot, scaled } from '../arithmetic/vectors.ts'
import type { Combination, Decision, OwnPart, PcgState } from './state.ts'

/**
 * Preconditioned conjugate gradients for (2XᵀX + λI)w = 2Xᵀy, preconditioner P_j = 2X_jᵀX_j + λI of each party's own block
 * (Hestenes and Stiefel 1952; Saad, Iterative Methods for Sparse Linear Systems, Algorithm 9.1). The label enters step 0 alone.
 */

/** σ = √(2n/π): then Σ‖u_j‖² ≤ n, since 2‖X_jp_j‖² ≤ p_jᵀP_jp_j and Σ p_jᵀP_jp_j = π. */
const sigma = (rows: number, pi: number): number => Math.sqrt((2 * rows) / pi)

export const pcgCombination = ({ p }: PcgState, rows: number, pi: number): Combination => ({
  v: p,
  factor: sigma(rows, pi),
  labelFactor: 0,
})

/** Step 0: r = b = −2h⁰, p = z = P⁻¹r. */
export function pcgFirst(state: PcgState, h0: readonly number[], { factor }: OwnPart): PcgState {
  const r = scaled(-2, h0)
  return { ...state, h0, h: h0, r, p: solveCholesky(factor, r) }
}

export const pcgOpened = (state: PcgState, h: readonly number[], rows: number, pi: number): PcgState => ({
  ...state,
  h: scaled(1 / sigma(rows, pi), h),
})

/** ρ_j = r_j·z_j with z_j = P_j⁻¹r_j. */
export const pcgRho = ({ r }: PcgState, { factor }: OwnPart): number => dot(r, solveCholesky(factor, r))

/** q_j = 2h_j + λp_j. */
const image = ({ h, p }: PcgState, { lambda }: OwnPart): number[] => addScaled(scaled(2, h), lambda, p)

/** η_j = p_j·q_j. */
export const pcgEta = (state: PcgState, own: OwnPart): number => dot(state.p, image(state, own))

/** w += αp, r −= αq. */
export function pcgMove(state: PcgState, { alpha }: Decision, own: OwnPart): PcgState {
  const step = alpha ?? 0
  return { ...state, w: addScaled(state.w, step, state.p), r: addScaled(state.r, -step, image(state, own)) }
}

/** p = z + βp. */
export function pcgTurn(state: PcgState, { beta }: Decision, { factor }: OwnPart): PcgState {
  return { ...state, p: addScaled(solveCholesky(factor, state.r), beta ?? 0, state.p) }
}
