import type { RunId } from '@tributary/protocol'
import type { FoldRequest } from '../aggregation/round-fold.ts'

interface Ahead {
  /** The newest wish; those before it are held by it. */
  wish: (() => FoldRequest) | null
  work: Promise<void>
}

/** Folds updates while others still train. One request for each run is under way at a time: the next one brings all that came meanwhile. */
export class FoldAhead {
  readonly #advance: (request: FoldRequest) => Promise<unknown>
  readonly #onError: (error: unknown, run: RunId) => void
  readonly #runs = new Map<RunId, Ahead>()

  constructor(advance: (request: FoldRequest) => Promise<unknown>, onError: (error: unknown, run: RunId) => void) {
    this.#advance = advance
    this.#onError = onError
  }

  /** @param request makes the request when its turn comes; it is not called when a newer one is there by then */
  want(run: RunId, request: () => FoldRequest): void {
    const ahead = this.#runs.get(run)
    if (ahead !== undefined) ahead.wish = request
    else {
      const fresh: Ahead = { wish: request, work: Promise.resolve() }
      this.#runs.set(run, fresh)
      fresh.work = this.#fold(run, fresh)
    }
  }

  /** Drops what waits. @returns when nothing of this run is under way: no old request can follow what the caller asks next */
  async end(run: RunId): Promise<void> {
    const ahead = this.#runs.get(run)
    if (ahead === undefined) return
    ahead.wish = null
    await ahead.work
  }

  async #fold(run: RunId, ahead: Ahead): Promise<void> {
    // A batch of steps wishes once for each of its updates: the last one does for all.
    await Promise.resolve()
    while (ahead.wish !== null) {
      const request = ahead.wish()
      ahead.wish = null
      // A fold that breaks is not fatal: the aggregation folds anew and reports.
      if (request.steps.length > 0) await this.#advance(request).catch((error) => this.#onError(error, run))
    }
    this.#runs.delete(run)
  }
}
