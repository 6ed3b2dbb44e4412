/** What one party's optimiser keeps; vectors have p_j entries. No value of another party is in it. */
interface Common {
  /** w_j. */
  readonly w: readonly number[]
  /** h⁰_j = −X_jᵀy, from step 0. */
  readonly h0: readonly number[]
  /** X_jᵀd of the newest step, unscaled: of pcg's direction, of gd's and nesterov's residual, of the closing step's X·w. */
  readonly h: readonly number[]
}

/** Conjugate gradients: r the residual b − Hw, p the direction. */
export interface PcgState extends Common {
  readonly name: 'pcg'
  readonly r: readonly number[]
  readonly p: readonly number[]
}

export interface GdState extends Common {
  readonly name: 'gd'
}

export interface NesterovState extends Common {
  readonly name: 'nesterov'
  /** Point at which the gradient is asked, beyond w by the momentum. */
  readonly v: readonly number[]
}

export type OptimiserState = PcgState | GdState | NesterovState

/** What a party's step may look at besides the state. */
export interface OwnPart {
  /** n. */
  readonly rows: number
  /** λ, 8λ for logistic. */
  readonly lambda: number
  /** L of P_j = LLᵀ. */
  readonly factor: Float64Array
  /** yᵀy at the label party, else 0. */
  readonly labelSquares: number
}

/** u_j = factor·X_j·v, less labelFactor·y at the label party. */
export interface Combination {
  readonly v: readonly number[]
  readonly factor: number
  readonly labelFactor: number
}

/** What follows from the totals of a decision point; the key service decides, every party computes the same and compares. */
export interface Decision {
  readonly alpha: number | null
  readonly beta: number | null
  readonly restart: boolean
  readonly f: number | null
  /** The gradient is as small as was asked. */
  readonly stop: boolean
}
