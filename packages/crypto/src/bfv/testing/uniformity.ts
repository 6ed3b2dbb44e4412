/** Bins of every χ² test here: 255 degrees of freedom. */
const BINS = 256
/** One-sided quantile of the normal distribution at 1 − 1e-6. */
const Z_MILLIONTH = 4.753424

/** Counts of 256 equal parts of [0, t). */
export function countParts(samples: readonly BigUint64Array[], modulus: bigint): Float64Array {
  const counts = new Float64Array(BINS)
  const scale = BINS / Number(modulus)
  for (const slots of samples) for (const value of slots) increment(counts, Math.min(BINS - 1, Math.floor(Number(value) * scale)))
  return counts
}

/** Counts of the lowest eight bits. */
export function countLowBits(samples: readonly BigUint64Array[]): Float64Array {
  const counts = new Float64Array(BINS)
  for (const slots of samples) {
    const halves = new Uint32Array(slots.buffer, slots.byteOffset, 2 * slots.length)
    for (let i = 0; i < halves.length; i += 2) increment(counts, (halves[i] as number) & 255)
  }
  return counts
}

const increment = (counts: Float64Array, bin: number) => {
  counts[bin] = (counts[bin] as number) + 1
}

/** Whether counts fit a uniform distribution at p > 1e-6. */
export function looksUniform(counts: Float64Array): boolean {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return plausible(
    counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0),
    counts.length - 1,
  )
}

/** Whether two counts of as many samples fit one distribution at p > 1e-6. */
export function looksAlike(one: Float64Array, other: Float64Array): boolean {
  let statistic = 0
  let degrees = -1
  for (let i = 0; i < one.length; i += 1) {
    const [a, b] = [one[i] as number, other[i] as number]
    if (a + b === 0) continue
    statistic += (a - b) ** 2 / (a + b)
    degrees += 1
  }
  return plausible(statistic, degrees)
}

/** χ² by the cube-root normal approximation (Wilson and Hilferty 1931), within 1 % in the tail at 255 degrees. */
function plausible(statistic: number, degrees: number): boolean {
  if (degrees < 1) return true
  const spread = 2 / (9 * degrees)
  return (Math.cbrt(statistic / degrees) - (1 - spread)) / Math.sqrt(spread) < Z_MILLIONTH
}
