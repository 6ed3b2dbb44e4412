import { TributaryError } from '@tributary/protocol'
import type { FastifyRequest } from 'fastify'
import type { Store } from '../storage/store.ts'
import { type Caller, callerOfAccount } from './caller.ts'
import { hashSecret } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null on the few routes that need no sign-in. */
    account: Caller | null
  }
}

/**
 * Finds the account of a token. Who has left the federation keeps no way in, not even to read.
 * @throws unauthenticated, participant_left
 */
export function authenticator(store: Pick<Store, 'credential'>): (token: string) => Promise<Caller> {
  return async (token) => {
    const credential = await store.credential(hashSecret(token))
    if (credential === null) throw new TributaryError('unauthenticated')
    if (credential.left) throw new TributaryError('participant_left')
    return callerOfAccount(credential.account)
  }
}

/**
 * Finds the caller at this address; its failures count. `presented` may refuse.
 * @throws unauthenticated, participant_left, session_expired, token_expired, account_disabled, csrf_missing; rate_limited after too
 * many failures
 */
export type SignIn = (address: string, presented: () => Presented) => Promise<Caller>

/** What somebody signs in with: a token, or the session of a cookie. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'session'
      /** The cookie's value. */
      readonly id: string
      /** What must be the session's; null where nothing is changed. */
      readonly csrf: string | null
    }

/** The token of an Authorization header. @throws unauthenticated */
export function bearerToken({ headers }: FastifyRequest): string {
  const match = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')
  if (match?.[1] === undefined) throw new TributaryError('unauthenticated')
  return match[1]
}

/** The account of a request behind the authentication hook. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.account === null) throw new TributaryError('unauthenticated')
  return request.account
}
