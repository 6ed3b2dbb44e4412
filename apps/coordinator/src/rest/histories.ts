import type { RunId } from '@tributary/protocol'

/** Runs that are kept: some megabytes for a thousand rounds of a hundred participants. */
const MOST_KEPT = 16

/**
 * What is made of a run's past, kept for those used last: what has been is only added to. A value is never changed once somebody may
 * have it.
 */
export class Histories<History> {
  readonly #extend: (run: RunId, before: History | undefined) => Promise<History>
  /** In the order of their last use. */
  readonly #kept = new Map<RunId, Promise<History>>()

  /** @param extend reads what came after `before` into a new value */
  constructor(extend: (run: RunId, before: History | undefined) => Promise<History>) {
    this.#extend = extend
  }

  read(run: RunId): Promise<History> {
    const before = this.#kept.get(run)
    // One after the other, so that what is new is read once; one that failed is begun anew.
    const next = (before ?? Promise.resolve(undefined)).catch(() => undefined).then((known) => this.#extend(run, known))
    this.#kept.delete(run)
    this.#kept.set(run, next)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break
      this.#kept.delete(oldest)
    }
    return next
  }
}
