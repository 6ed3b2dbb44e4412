import { randomGamma } from 'd3-random'
import type { Random } from '../random.ts'

/**
 * One draw of the symmetric Dirichlet distribution of `size` parts: normalised Gamma(alpha) draws.
 * Done in logarithms, by Gamma(alpha) = Gamma(alpha + 1) · U^(1/alpha) (Marsaglia and Tsang 2000): with a
 * small alpha the draws themselves are below the smallest double, and all could be 0.
 */
export function drawDirichlet(random: Random, alpha: number, size: number): Float64Array {
  const gamma = randomGamma.source(() => random.float())(alpha + 1)
  // 1 - float() is in (0, 1], so the logarithm is finite.
  const logs = Float64Array.from({ length: size }, () => Math.log(gamma()) + Math.log(1 - random.float()) / alpha)
  const largest = logs.reduce((a, b) => Math.max(a, b))
  const weights = logs.map((log) => Math.exp(log - largest))
  const total = weights.reduce((a, b) => a + b)
  return weights.map((weight) => weight / total)
}

/** Cuts `rows` into consecutive slices in these proportions (they sum to 1), rounding the cut positions. */
export function cut(rows: Uint32Array, proportions: Float64Array): Uint32Array[] {
  let sum = 0
  let from = 0
  return Array.from(proportions, (proportion, part) => {
    sum += proportion
    const to = part === proportions.length - 1 ? rows.length : Math.min(rows.length, Math.round(sum * rows.length))
    const slice = rows.subarray(from, to)
    from = to
    return slice
  })
}
