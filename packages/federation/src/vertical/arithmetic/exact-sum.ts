/**
 * The sum of finite numbers, rounded once: the same for any order of them. Sums whose partial sums leave the range of doubles are
 * not finite. Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997, as in Python's math.fsum.
 */
export function exactSum(values: Iterable<number>): number {
  // Sums to the exact value; growing magnitudes, no two overlap.
  const partials: number[] = []
  for (const value of values) {
    let high = value
    let kept = 0
    for (const partial of partials) {
      const [large, small] = Math.abs(high) < Math.abs(partial) ? [partial, high] : [high, partial]
      high = large + small
      const low = small - (high - large)
      if (low !== 0) {
        partials[kept] = low
        kept += 1
      }
    }
    partials.length = kept
    partials.push(high)
  }
  return rounded(partials)
}

function rounded(partials: readonly number[]): number {
  let at = partials.length - 1
  let high = partials[at] ?? 0
  let low = 0
  while (at > 0 && low === 0) {
    at -= 1
    const before = high
    const next = partials[at] ?? 0
    high = before + next
    low = next - (high - before)
  }
  // Half way between two doubles: what is left below decides, not the even digit.
  const below = partials[at - 1] ?? 0
  if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
    const doubled = 2 * low
    const up = high + doubled
    if (up - high === doubled) return up
  }
  return high
}
