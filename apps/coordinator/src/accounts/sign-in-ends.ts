import type { AccountId, TokenId } from '@tributary/protocol'

/** What has ended: all sessions of an account (but one), one session, or one token. */
export type Ended =
  | { readonly account: AccountId; readonly keep: string | null }
  | { readonly session: string }
  | { readonly token: TokenId }

/** Tells open connections that the sign-in behind some of them has ended. */
export class SignInEnds {
  readonly #listeners = new Set<(ended: Ended) => void>()

  subscribe(listener: (ended: Ended) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(ended: Ended): void {
    for (const listener of this.#listeners) listener(ended)
  }
}
