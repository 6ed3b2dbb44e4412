import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { TributaryError } from '@tributary/protocol'
import { hashSecret } from '../access/tokens.ts'
import type { AccountsStore, NewAuditRecord, SessionRecord, UserRecord } from '../storage/accounts-store.ts'
import type { SignInEnds } from './sign-in-ends.ts'

/** How exactly the last call of a session is known. */
const TOUCH_MS = 60_000

export interface OpenSession {
  readonly session: SessionRecord
  readonly user: UserRecord
}

/** Sessions of people: 256 random bits in a cookie, of which only a hash is stored. */
export class Sessions {
  readonly #people: AccountsStore
  readonly #now: () => number
  readonly #ends: SignInEnds
  readonly #idleMs: number
  readonly #totalMs: number

  constructor(
    people: AccountsStore,
    {
      now,
      ends,
      idleSeconds,
      sessionSeconds,
    }: { now: () => number; ends: SignInEnds; idleSeconds: number; sessionSeconds: number },
  ) {
    this.#people = people
    this.#now = now
    this.#ends = ends
    this.#idleMs = idleSeconds * 1000
    this.#totalMs = sessionSeconds * 1000
  }

  /**
   * Begins a session with a fresh id; the one that this browser had before ends.
   * @param by with a password, the user's as it was checked; a provider asks for none
   * @throws credentials_wrong when the password has changed, or the user was disabled, since it was looked at
   */
  async start(
    user: UserRecord,
    by: 'password' | 'provider',
    before: string | null,
    audit: NewAuditRecord,
  ): Promise<{ id: string; open: OpenSession }> {
    const id = randomBytes(32).toString('base64url')
    const at = new Date(this.#now())
    const session = {
      idHash: hashSecret(id),
      user: user.id,
      createdAt: at,
      lastSeenAt: at,
      expiresAt: new Date(at.getTime() + this.#totalMs),
    }
    const replaced = before === null ? null : hashSecret(before)
    await this.#people.startSession(session, by === 'password' ? user.passwordHash : null, replaced, audit)
    if (replaced !== null) this.#ends.tell({ session: replaced })
    return { id, open: { session, user } }
  }

  /** @param touch false: looking at it is no call. @throws session_expired, account_disabled */
  async open(idHash: string, touch: boolean): Promise<OpenSession> {
    const found = await this.#people.session(idHash)
    const now = this.#now()
    if (found === null || this.endOf(found.session) <= now) throw new TributaryError('session_expired')
    if (found.user.disabledAt !== null) throw new TributaryError('account_disabled')
    if (touch && now - found.session.lastSeenAt.getTime() >= TOUCH_MS) await this.#people.touchSession(idHash, new Date(now))
    return found
  }

  async end(idHash: string, audit: NewAuditRecord): Promise<void> {
    await this.#people.endSession(idHash, audit)
    this.#ends.tell({ session: idHash })
  }

  /** When it ends unless it is used before, in ms. */
  endOf({ lastSeenAt, expiresAt }: SessionRecord): number {
    return Math.min(expiresAt.getTime(), lastSeenAt.getTime() + this.#idleMs)
  }
}

/** Bound to its session and not to be found without its id, so it need not be stored. */
export const csrfOf = (id: string): string => createHmac('sha256', id).update('csrf').digest('base64url')

/** @throws csrf_missing */
export function requireCsrf(id: string, given: string): void {
  const [expected, actual] = [Buffer.from(csrfOf(id)), Buffer.from(given)]
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw new TributaryError('csrf_missing')
}
