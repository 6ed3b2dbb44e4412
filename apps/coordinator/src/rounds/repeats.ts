import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { TributaryError } from '@tributary/protocol'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 10_000

/** Refused for good, and not only because the database is away or another coordinator was faster. */
export const isRefusal = (error: unknown): boolean => error instanceof TributaryError && error.code !== 'action_conflict'

/** What must not be lost while the database is away is done again, with growing waits, until it is done. */
export class Repeats {
  readonly #closing = new AbortController()

  constructor() {
    // Each wait listens, and every run may have one.
    setMaxListeners(0, this.#closing.signal)
  }

  /** @returns when the work is done, refused for good, or given up since this was closed */
  async until(work: () => Promise<unknown>, onFailure: (error: unknown) => void): Promise<void> {
    const { signal } = this.#closing
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(LONGEST_WAIT_MS, 2 * wait)) {
      try {
        await work()
        return
      } catch (error) {
        onFailure(error)
        if (isRefusal(error)) return
      }
      await sleep(wait, undefined, { signal }).catch(() => {})
    }
  }

  close(): void {
    this.#closing.abort()
  }
}
