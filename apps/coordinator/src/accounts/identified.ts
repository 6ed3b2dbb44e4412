import { TributaryError } from '@tributary/protocol'
import { authenticator, type Presented } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { hashSecret } from '../access/tokens.ts'
import type { UserRecord } from '../storage/accounts-store.ts'
import type { ParticipantRecord, Store } from '../storage/store.ts'
import { isPersonalToken } from './personal-tokens.ts'
import { requireCsrf, type Sessions } from './sessions.ts'

const TOUCH_MS = 60_000

/** Who presents a token or a session, and whether that still holds. */
export interface Identified {
  readonly caller: Caller
  /** The personal token, if it was one. */
  readonly token: string | null
  /** Looks again, without counting as a call. @throws as at first */
  recheck(): Promise<void>
}

/**
 * Finds who presents this.
 * @throws unauthenticated, participant_left, session_expired, token_expired, account_disabled, csrf_missing
 */
export function identifier(store: Store, sessions: Sessions, now: () => number): (presented: Presented) => Promise<Identified> {
  const ofAccount = authenticator(store)

  async function bySession(id: string, csrf: string | null): Promise<Identified> {
    const idHash = hashSecret(id)
    const { user } = await sessions.open(idHash, true)
    if (csrf !== null) requireCsrf(id, csrf)
    const recheck = async () => sameAs(store, user, (await sessions.open(idHash, false)).user)
    return { caller: await callerOfUser(store, user, 'session', idHash), token: null, recheck }
  }

  async function byPersonalToken(secret: string): Promise<Identified> {
    const tokenHash = hashSecret(secret)
    const look = async () => {
      const found = await store.people.tokenByHash(tokenHash)
      if (found === null) throw new TributaryError('unauthenticated')
      const { token, user } = found
      if (token.revokedAt !== null || token.expiresAt.getTime() <= now()) throw new TributaryError('token_expired')
      if (user.disabledAt !== null) throw new TributaryError('account_disabled')
      return found
    }
    const { token, user } = await look()
    if (now() - (token.lastUsedAt?.getTime() ?? 0) >= TOUCH_MS) await store.people.touchToken(token.id, new Date(now()))
    const caller = await callerOfUser(store, user, 'personal-token', null)
    return { caller, token: token.id, recheck: async () => sameAs(store, user, (await look()).user) }
  }

  async function byToken(token: string): Promise<Identified> {
    const recheck = async () => void (await ofAccount(token))
    return { caller: await ofAccount(token), token: null, recheck }
  }

  return (presented) => {
    if (presented.kind === 'session') return bySession(presented.id, presented.csrf)
    return isPersonalToken(presented.token) ? byPersonalToken(presented.token) : byToken(presented.token)
  }
}

/** Whoever is something else now signs in anew. @throws session_expired, participant_left */
async function sameAs(store: Store, before: UserRecord, now: UserRecord): Promise<void> {
  await presentParticipantOf(store, now.participant)
  if (before.role !== now.role || now.mustChangePassword) throw new TributaryError('session_expired')
}

/** An account belongs to its participant: when that has left, its people have as well. @throws participant_left */
export async function presentParticipantOf(
  store: Pick<Store, 'participant'>,
  participant: UserRecord['participant'],
): Promise<ParticipantRecord | null> {
  const record = participant === null ? null : await store.participant(participant)
  if (record !== null && record.leftAt !== null) throw new TributaryError('participant_left')
  return record
}

async function callerOfUser(
  store: Store,
  { id, name, role, federation, participant, mustChangePassword }: UserRecord,
  by: 'session' | 'personal-token',
  session: string | null,
): Promise<Caller> {
  const record = await presentParticipantOf(store, participant)
  const own = record === null ? null : { id: record.id, name: record.name }
  return { id, name, role, federation, participant: null, own, by, session, mustChangePassword }
}
