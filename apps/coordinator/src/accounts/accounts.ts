import { randomBytes } from 'node:crypto'
import type { SignIn } from '../access/authentication.ts'
import type { FailedSignIns } from '../access/failed-sign-ins.ts'
import type { Store } from '../storage/store.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { type Identified, identifier } from './identified.ts'
import { LockOut } from './lock-out.ts'
import type { AccountsOptions } from './options.ts'
import { Passwords } from './passwords.ts'
import { Sessions } from './sessions.ts'
import { SignInEnds } from './sign-in-ends.ts'

/** Everything about people: what the routes and the sockets need to know who calls. */
export interface Accounts extends AccountsDeps {
  /** As signIn, for a connection that lives longer than a call. */
  readonly connect: (address: string, presented: Parameters<SignIn>[1]) => Promise<Identified>
  /** Removes what has expired. */
  purge(): Promise<void>
}

const DAY_MS = 86_400_000

export function createAccounts(store: Store, options: AccountsOptions, failures: FailedSignIns, now: () => number): Accounts {
  const ends = new SignInEnds()
  const sessions = new Sessions(store.people, { now, ends, ...options })
  const identify = identifier(store, sessions, now)
  const connect: Accounts['connect'] = (address, presented) => failures.guard(address, async () => identify(presented()))
  return {
    store,
    options,
    now,
    ends,
    sessions,
    connect,
    signIn: async (address, presented) => (await connect(address, presented)).caller,
    passwords: new Passwords(),
    lockOut: new LockOut(store.people, now),
    purge: async () => {
      const at = new Date(now())
      await store.people.purge({ sessions: at, attempts: at, failures: new Date(now() - 2 * DAY_MS) })
    },
  }
}

/** Key of participants' pseudonyms: made at the first start, and the same ever after. */
export const pseudonymKey = (store: Store): Promise<string> =>
  store.people.key('pseudonyms', randomBytes(32).toString('base64url'))
