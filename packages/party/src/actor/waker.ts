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
    // Node may ring a millisecond early, and the wall clock may be set back: a ring before its time would change nothing, and no
    // other would follow.
    this.#timer = setTimeout(() => (this.#now() < at ? this.set(at) : this.#ring()), Math.min(wait, LONGEST_MS))
  }
}
