/** Figures of one measurement, in milliseconds. */
export interface Figures {
  readonly median: number
  readonly p95: number
  readonly worst: number
}

export function figuresOf(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), p95: at(0.95), worst: at(1) }
}

export const inWords = ({ median, p95, worst }: Figures) =>
  `median ${median.toFixed(1)}, p95 ${p95.toFixed(1)}, worst ${worst.toFixed(1)} ms`

/** What a pass measured of one thing, and the most that it may be. */
export interface Measured {
  readonly of: string
  readonly value: number
  readonly most: number
}

/**
 * Measures until the best pass of each thing is within its budget, `passes` times at most; prints every figure.
 * What else the machine does can only add to what the product takes: a product that is too slow is so in every pass.
 * @throws of the best figures of what no pass did within its budget
 */
export async function withinBudget(passes: number, measure: (pass: number) => Promise<readonly Measured[]>): Promise<void> {
  const best = new Map<string, number>()
  let over: readonly Measured[] = []
  for (let pass = 1; pass <= passes; pass += 1) {
    const measured = await measure(pass)
    for (const { of, value, most } of measured) {
      console.log(`${of}: ${threeDigits(value)} (budget ${threeDigits(most)}; pass ${pass})`)
      best.set(of, Math.min(value, best.get(of) ?? Number.POSITIVE_INFINITY))
    }
    // Not "above": what is no number is not within.
    over = measured.filter(({ of, most }) => !((best.get(of) ?? Number.NaN) <= most))
    if (over.length === 0) return
  }
  const figures = over.map(({ of, most }) => `${of}: ${threeDigits(best.get(of) ?? Number.NaN)} (budget ${threeDigits(most)})`)
  throw new Error(`over budget in each of ${passes} passes, at best ${figures.join('; ')}`)
}

const threeDigits = (value: number) => String(Number(value.toPrecision(3)))
