/**
 * Exponential smoothing that knows the rounds between two points: a weight of `factor` (0 to 1) for each round, so that a point
 * after a pause takes more; with the correction of the beginning of Kingma and Ba 2015 (Adam), section 3, as in TensorBoard. It goes
 * over the points themselves, before they are put into buckets: the same curve at every bucket size.
 */
export class Smoothing {
  readonly #factor: number
  #mean = 0
  #weight = 0
  #before: number | null = null

  constructor(factor: number) {
    this.#factor = factor
  }

  /** The smoothed value at this point; points come in the order of their rounds. */
  next(round: number, value: number): number {
    // To the sign of a zero, which the sum below would lose.
    if (this.#factor === 0) return value
    const keep = this.#factor ** (this.#before === null ? 1 : round - this.#before)
    this.#before = round
    this.#mean = keep * this.#mean + (1 - keep) * value
    this.#weight = keep * this.#weight + (1 - keep)
    return this.#mean / this.#weight
  }
}

/** All points, smoothed; a missing or not finite value is a gap and stays one. @throws nothing; equal lengths are the caller's part */
export function smoothed(rounds: readonly number[], values: readonly (number | null)[], factor: number): (number | null)[] {
  const smoothing = new Smoothing(factor)
  return values.map((value, index) =>
    value === null || !Number.isFinite(value) ? null : smoothing.next(rounds[index] ?? 0, value),
  )
}
