import { TributaryError } from '@tributary/protocol'
import { hashSecret } from '../access/tokens.ts'
import type { AccountsStore, LockPolicy } from '../storage/accounts-store.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND

/** Locks from the `free`-th failure on, twice as long with each. */
const growing = (free: number, first: number, longest: number): LockPolicy['lockMs'] => {
  return (failures) => (failures < free ? 0 : Math.min(longest, first * 2 ** Math.min(30, failures - free)))
}

/** Five tries, then 30 s, 1 min, 2 min … 1 h between tries. */
export const ACCOUNT_POLICY: LockPolicy = { lockMs: growing(5, 30 * SECOND, HOUR), forgetMs: 24 * HOUR }
/** Many people may share an address; guessing one password for many names still becomes slow. */
export const ADDRESS_POLICY: LockPolicy = { lockMs: growing(20, 30 * SECOND, HOUR / 4), forgetMs: HOUR }

/** Names are hashed: what people type there by mistake may be a password. */
export const accountKey = (name: string): string => `account:${hashSecret(name)}`
export const addressKey = (address: string): string => `address:${network(address)}`

/** Slows down whoever guesses passwords, by account and by address. What it counts survives a restart. */
export class LockOut {
  readonly #people: AccountsStore
  readonly #now: () => number

  constructor(people: AccountsStore, now: () => number) {
    this.#people = people
    this.#now = now
  }

  /**
   * Runs a check of a password. The try counts before it is checked, so that many at once are no way around; it is forgiven when it
   * was right. Names that nobody has are counted as well: a lock tells nothing about who is there.
   * @returns what `check` returns; null is a failure
   * @throws account_locked, address_locked
   */
  async guard<T>(name: string, address: string, check: () => Promise<T | null>): Promise<T | null> {
    const keys = [addressKey(address), accountKey(name)] as const
    await this.#try(keys[0], ADDRESS_POLICY, 'address_locked')
    await this.#try(keys[1], ACCOUNT_POLICY, 'account_locked')
    let result: T | null
    try {
      result = await check()
    } catch (error) {
      // Nothing was found out about the password.
      await this.#forgive(keys, false)
      throw error
    }
    if (result !== null) await this.#forgive(keys, true)
    return result
  }

  async unlock(name: string): Promise<void> {
    await this.#people.forgiveTry(accountKey(name), new Date(this.#now()), true)
  }

  /** Until when sign-ins to these names are refused, by name. */
  async lockedUntil(names: readonly string[]): Promise<Map<string, Date>> {
    const locks = await this.#people.locks(names.map(accountKey), new Date(this.#now()))
    return new Map(
      names.flatMap((name) => {
        const until = locks.get(accountKey(name))
        return until === undefined ? [] : [[name, until] as const]
      }),
    )
  }

  async #try(key: string, policy: LockPolicy, code: 'account_locked' | 'address_locked'): Promise<void> {
    const until = await this.#people.countTry(key, new Date(this.#now()), policy)
    if (until !== null)
      throw new TributaryError(code, { retryAfter: Math.max(1, Math.ceil((until.getTime() - this.#now()) / SECOND)) })
  }

  async #forgive([address, account]: readonly [string, string], all: boolean): Promise<void> {
    const at = new Date(this.#now())
    await this.#people.forgiveTry(account, at, all)
    // Only this one: an account of one's own must not wipe out failures with the names of others.
    await this.#people.forgiveTry(address, at, false)
  }
}

/** An IPv6 address stands for its /64, which one household or machine has whole. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const [front, back] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}
