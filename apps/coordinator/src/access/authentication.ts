import { TributaryError } from '@tributary/protocol'
import type { FastifyRequest } from 'fastify'
import type { AccountRecord, Store } from '../storage/store.ts'
import { hashSecret } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null on the few routes that need no token. */
    account: AccountRecord | null
  }
}

/**
 * Finds the account of a token. Who has left the federation keeps no way in, not even to read.
 * @throws unauthenticated, participant_left
 */
export function authenticator(
  store: Pick<Store, 'accountByTokenHash' | 'participant'>,
): (token: string) => Promise<AccountRecord> {
  return async (token) => {
    const account = await store.accountByTokenHash(hashSecret(token))
    if (account === null) throw new TributaryError('unauthenticated')
    if (account.participant !== null && (await store.participant(account.participant))?.leftAt !== null)
      throw new TributaryError('participant_left')
    return account
  }
}

/** The token of an Authorization header. @throws unauthenticated */
export function bearerToken({ headers }: FastifyRequest): string {
  const match = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')
  if (match?.[1] === undefined) throw new TributaryError('unauthenticated')
  return match[1]
}

/** The account of a request behind the authentication hook. */
export function callerOf(request: FastifyRequest): AccountRecord {
  if (request.account === null) throw new TributaryError('unauthenticated')
  return request.account
}
