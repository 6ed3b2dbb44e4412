import { type Deferred, deferred } from '@tributary/client'
import type { PartyOutcome } from '@tributary/federation'

/** Outcomes by run, also of runs that are not known yet. */
export class AwaitedOutcomes {
  readonly #outcomes = new Map<string, Deferred<PartyOutcome>>()

  of(run: string): Deferred<PartyOutcome> {
    const known = this.#outcomes.get(run)
    if (known !== undefined) return known
    const fresh = deferred<PartyOutcome>()
    this.#outcomes.set(run, fresh)
    return fresh
  }

  rejectAll(reason: unknown): void {
    for (const outcome of this.#outcomes.values()) outcome.reject(reason)
  }
}
