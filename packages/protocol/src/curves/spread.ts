/** Value at share `q` of sorted numbers, between neighbours by line (Hyndman and Fan 1996, definition 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number | null {
  if (sorted.length === 0) return null
  const place = q * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

/** How a metric lies over the participants of one round. */
export interface Spread {
  /** 10th and 90th percentile. */
  readonly low: number
  readonly high: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly count: number
}

/** @returns null without a finite value */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort()
  const [min] = sorted
  const max = sorted.at(-1)
  const low = quantile(sorted, 0.1)
  const high = quantile(sorted, 0.9)
  if (min === undefined || max === undefined || low === null || high === null) return null
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { low, high, min, max, mean, count: sorted.length }
}
