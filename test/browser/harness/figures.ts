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

/** The pass with the lowest figure: the machine has others to serve, and a budget is what the product takes. */
export const best = <T>(passes: readonly T[], figure: (pass: T) => number): T =>
  passes.reduce((least, pass) => (figure(pass) < figure(least) ? pass : least))
