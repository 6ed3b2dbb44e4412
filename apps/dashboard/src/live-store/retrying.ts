import type { Timing } from './ports.ts'

const FIRST_MS = 500
const CAP_MS = 10_000

/** Tries again for ever: pauses double up to 10 s, each drawn from its upper half. */
export class Retrying {
  readonly #timing: Timing
  readonly #attempt: () => void
  #failures = 0
  #cancel: (() => void) | null = null
  #isStopped = false

  constructor(timing: Timing, attempt: () => void) {
    this.#timing = timing
    this.#attempt = attempt
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** @returns when the next attempt is made */
  failed(): number {
    const pause = Math.min(CAP_MS, FIRST_MS * 2 ** this.#failures) * (0.5 + this.#timing.random() / 2)
    this.#failures += 1
    this.#cancel?.()
    if (!this.#isStopped) this.#cancel = this.#timing.after(pause, this.#attempt)
    return this.#timing.now() + pause
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }
}
