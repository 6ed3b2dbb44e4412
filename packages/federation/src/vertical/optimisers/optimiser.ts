import type { ShareName, VerticalOptimiser } from '@tributary/protocol'
import { solveCholesky } from '../arithmetic/cholesky.ts'
import { dot, scaled, zeros } from '../arithmetic/vectors.ts'
import { ownClosing } from './closing.ts'
import { descend, gradient, ownLoss, ownRestart, pointOf, stepSize } from './descent.ts'
import { pcgCombination, pcgEta, pcgFirst, pcgMove, pcgOpened, pcgRho, pcgTurn } from './pcg.ts'
import type { Point } from './point.ts'
import type { Combination, Decision, OptimiserState, OwnPart } from './state.ts'
import type { Totals } from './totals.ts'

/** Which vector a step asks for. */
export interface StepKind {
  readonly step: number
  readonly closing: boolean
  /** e of the closing step. */
  readonly exponent: number
  /** Step 0 sends 2^−this·y: 1 for logistic, whose label is twice as long. */
  readonly labelExponent: number
}

export function newOptimiser({ name }: VerticalOptimiser, features: number): OptimiserState {
  const none = { w: zeros(features), h0: zeros(features), h: zeros(features) }
  if (name === 'pcg') return { name, ...none, r: zeros(features), p: zeros(features) }
  return name === 'gd' ? { name, ...none } : { name, ...none, v: zeros(features) }
}

/** What a party encrypts in a step. */
export function combinationOf(state: OptimiserState, kind: StepKind, rows: number, { pi }: Totals): Combination {
  if (kind.closing) return { v: state.w, factor: 2 ** -kind.exponent, labelFactor: 0 }
  if (kind.step === 0) return { v: state.w, factor: 1, labelFactor: 2 ** -kind.labelExponent }
  if (state.name === 'pcg') return pcgCombination(state, rows, pi)
  return { v: pointOf(state), factor: 1, labelFactor: 1 }
}

/** Takes the step's unmasked numbers X_jᵀd; the same numbers again give the same state. */
export function takeOpened(
  state: OptimiserState,
  kind: StepKind,
  h: readonly number[],
  own: OwnPart,
  { pi }: Totals,
): OptimiserState {
  if (kind.closing) return { ...state, h: scaled(2 ** kind.exponent, h) }
  if (kind.step === 0) {
    const h0 = scaled(2 ** kind.labelExponent, h)
    return state.name === 'pcg' ? pcgFirst(state, h0, own) : { ...state, h0, h: h0 }
  }
  return state.name === 'pcg' ? pcgOpened(state, h, own.rows, pi) : { ...state, h }
}

/** Own parts of the totals at a decision point, without the exponent's; what is not shared there may be among them. */
export function ownParts(
  state: OptimiserState,
  point: Exclude<Point, 'exponent'>,
  own: OwnPart,
  optimiser: VerticalOptimiser,
  parties: number,
): Partial<Record<ShareName, number>> {
  if (point === 'closing') return { ...ownClosing(state, own) }
  if (state.name === 'pcg') {
    if (point === 'direction') return { eta: pcgEta(state, own) }
    return point === 'first' ? { rho: pcgRho(state, own), f: own.labelSquares } : { rho: pcgRho(state, own) }
  }
  const g = gradient(state, own)
  const parts = { f: ownLoss(state, own), g: dot(g, g), rho: dot(g, solveCholesky(own.factor, g)) }
  if (state.name === 'gd' || optimiser.name === 'pcg') return parts
  return { ...parts, restart: ownRestart(state, own, stepSize(optimiser, own.rows, parties)) }
}

/** Moves by what was decided. */
export function move(
  state: OptimiserState,
  point: Point,
  decision: Decision,
  own: OwnPart,
  optimiser: VerticalOptimiser,
  parties: number,
): OptimiserState {
  if (point === 'exponent' || point === 'closing') return state
  if (state.name !== 'pcg') {
    return optimiser.name === 'pcg' ? state : descend(state, decision, own, stepSize(optimiser, own.rows, parties))
  }
  if (point === 'direction') return pcgMove(state, decision, own)
  return point === 'residual' ? pcgTurn(state, decision, own) : state
}
