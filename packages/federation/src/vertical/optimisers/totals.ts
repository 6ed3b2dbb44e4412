/**
 * Totals over all parties as the key service publishes them; every party keeps the same and checks each decision against them.
 * Symbols as in the specification of the optimisers: ρ = Σ rᵀP⁻¹r, π = pᵀPp, f the loss.
 */
export interface Totals {
  /** ρ₀ = Σ b_jᵀP_j⁻¹b_j at w = 0; the measure of the closing step. */
  readonly rho0: number
  /** ρ = Σ gᵀP⁻¹g of the newest step (r = −g); gd has that of w = 0 alone. */
  readonly rho: number
  /** pcg: π of the newest direction, by π' = ρ' + β²π. */
  readonly pi: number
  /** Newest f; null before step 0 is decided. */
  readonly f: number | null
  /** gd: |g|² at w = 0 and at the newest step. */
  readonly g0: number
  readonly g: number
  /** gd, nesterov: times in a row that f rose. */
  readonly rises: number
  /** nesterov: t of the momentum sequence. */
  readonly momentum: number
}

export const noTotals: Totals = { rho0: 0, rho: 0, pi: 0, f: null, g0: 0, g: 0, rises: 0, momentum: 1 }
