/** Longest time that setTimeout takes. */
const LONGEST_MS = 2 ** 31 - 1

/** One timer at a wall-clock time. */
export class Waker {
  readonly #ring: () => void
  readonly #now: () => number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ring: () => void, now: () => number) {
    this.#ring = ring
    this.#now = now
  }

  /** @param at milliseconds since the epoch; null takes the timer away */
  set(at: number | null): void {
    clearTimeout(this.#timer)
    if (at === null) return
    const wait = Math.max(0, at - this.#now())
    this.#timer = setTimeout(() => (wait > LONGEST_MS ? this.set(at) : this.#ring()), Math.min(wait, LONGEST_MS))
  }
}
