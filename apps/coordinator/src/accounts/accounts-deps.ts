import type { SignIn } from '../access/authentication.ts'
import type { Store } from '../storage/store.ts'
import type { LockOut } from './lock-out.ts'
import type { AccountsOptions } from './options.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'
import type { SignInEnds } from './sign-in-ends.ts'

/** What the routes of people's accounts work with. */
export interface AccountsDeps {
  readonly store: Store
  readonly options: AccountsOptions
  readonly now: () => number
  readonly signIn: SignIn
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly lockOut: LockOut
  readonly ends: SignInEnds
}
