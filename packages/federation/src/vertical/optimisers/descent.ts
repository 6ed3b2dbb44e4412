import type { VerticalOptimiser } from '@tributary/protocol'
import { solveCholesky } from '../arithmetic/cholesky.ts'
import { addScaled, dot, scaled } from '../arithmetic/vectors.ts'
import type { Decision, GdState, NesterovState, OwnPart } from './state.ts'

/**
 * gd: the step of Yang, Liu, Chen and Tong 2019 (Federated Machine Learning, Table 1), w −= rate/n·g with g = 2Xᵀd + λw.
 * nesterov: the same preconditioned by P_j, with momentum and gradient restart (O'Donoghue and Candès 2015, section 3.2);
 * step 1/m suffices since λmax(P⁻¹H) ≤ m. Every residual holds the label.
 */
type DescentState = GdState | NesterovState

/** Where the gradient is taken. */
export const pointOf = (state: DescentState): readonly number[] => (state.name === 'gd' ? state.w : state.v)

/** g_j = 2h_j + λv_j. */
export const gradient = (state: DescentState, { lambda }: OwnPart): number[] =>
  addScaled(scaled(2, state.h), lambda, pointOf(state))

/** Own part of f at v by L = yᵀy + Σ_j v_j·(h_j + h⁰_j), which needs no row of anybody. */
export function ownLoss(state: DescentState, { lambda, labelSquares }: OwnPart): number {
  const v = pointOf(state)
  return dot(v, addScaled(state.h, 1, state.h0)) + (lambda / 2) * dot(v, v) + labelSquares
}

/** x_{k+1} = v − s·P⁻¹g. */
const candidate = (state: NesterovState, own: OwnPart, step: number): number[] =>
  addScaled(state.v, -step, solveCholesky(own.factor, gradient(state, own)))

/** g·(x_{k+1} − x_k): above zero in total, the momentum points uphill. */
export function ownRestart(state: NesterovState, own: OwnPart, step: number): number {
  return dot(gradient(state, own), addScaled(candidate(state, own, step), -1, state.w))
}

export function descend(state: DescentState, decision: Decision, own: OwnPart, rate: number): DescentState {
  if (state.name === 'gd') return { ...state, w: addScaled(state.w, -rate, gradient(state, own)) }
  const next = candidate(state, own, rate)
  return { ...state, w: next, v: addScaled(next, decision.beta ?? 0, addScaled(next, -1, state.w)) }
}

/** gd: rate/n; nesterov: its step, 1/m when none is set. */
export function stepSize(optimiser: Exclude<VerticalOptimiser, { name: 'pcg' }>, rows: number, parties: number): number {
  return optimiser.name === 'gd' ? optimiser.learningRate / rows : (optimiser.step ?? 1 / parties)
}
