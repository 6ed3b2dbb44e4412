import { TributaryError } from '@tributary/protocol'
import { countedIn, type MinuteWindow, secondsToWait } from './minute-window.ts'

/** Addresses that are remembered at most; beyond them the oldest are forgotten. */
const MOST_ADDRESSES = 50_000

/** Counts sign-ins that failed, by address: each made-up token would begin a count of its own. */
export class FailedSignIns {
  readonly #limit: number
  readonly #now: () => number
  readonly #counts = new Map<string, MinuteWindow>()

  /** @param limit failures of one address in a minute */
  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  /**
   * Runs a sign-in; its refusal counts. Whoever has a right token is let in, whatever others at the same address do.
   * @throws what `signIn` throws; rate_limited instead of a refusal once the address has had too many
   */
  async guard<Account>(address: string, signIn: () => Promise<Account>): Promise<Account> {
    try {
      return await signIn()
    } catch (error) {
      // A store that is out of order is nobody's failure to sign in.
      if (!(error instanceof TributaryError)) throw error
      const retryAfter = this.#secondsToWait(address)
      if (retryAfter === 0) throw error
      throw new TributaryError('rate_limited', { limit: this.#limit, window: '1 minute', retryAfter }, { cause: error })
    }
  }

  /** Counts a failure. @returns 0 within the limit */
  #secondsToWait(address: string): number {
    const now = this.#now()
    const known = this.#counts.get(address)
    const window = countedIn(known, now)
    if (window !== known) this.#remember(address, window)
    return secondsToWait(window, this.#limit, now)
  }

  #remember(address: string, window: MinuteWindow): void {
    // A map keeps the order of insertion: the first is the one whose window ends first.
    this.#counts.delete(address)
    this.#counts.set(address, window)
    const [oldest] = this.#counts.keys()
    if (oldest !== undefined && this.#counts.size > MOST_ADDRESSES) this.#counts.delete(oldest)
  }
}
