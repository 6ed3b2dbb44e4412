/** Longest delay of a Node timer; later times are reached in several naps. */
const LONGEST = 2 ** 31 - 1

/** One alarm for each run. Time is read from the given clock, so that tests can set it. */
export class WakeTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  set(key: string, at: number | null, ring: () => void): void {
    this.clear(key)
    if (at === null) return
    const left = Math.max(0, at - this.#now())
    // A timer can ring a millisecond before the wall clock is there, and the wall clock can be set back: an alarm that came too
    // early would change nothing, and no other would follow.
    const timer = setTimeout(() => (this.#now() < at ? this.set(key, at, ring) : ring()), Math.min(left, LONGEST))
    this.#timers.set(key, timer)
  }

  clear(key: string): void {
    const timer = this.#timers.get(key)
    if (timer !== undefined) clearTimeout(timer)
    this.#timers.delete(key)
  }

  clearAll(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
