import type { AccountId, FederationId, ParticipantId, Role } from '@tributary/protocol'
import type { AccountRecord } from '../storage/store.ts'

/** Who calls: a program or a person by its own token, or a person by a session or a personal token. */
export interface Caller {
  readonly id: AccountId
  readonly name: string
  readonly role: Role
  /** null for who belongs to the whole coordinator. */
  readonly federation: FederationId | null
  /** The participant that this caller takes part as: a program's own. A person watches an institution and never acts in its place. */
  readonly participant: ParticipantId | null
  /** The participant that an institution's caller sees whole. */
  readonly own: { readonly id: ParticipantId; readonly name: string } | null
  readonly by: 'session' | 'personal-token' | 'token'
  /** Hash of the session, for a caller by session. */
  readonly session: string | null
  /** Its password was set by somebody else: until it is changed, nothing else is done. */
  readonly mustChangePassword: boolean
}

/** The caller of an account's own token. */
export function callerOfAccount({ id, name, role, federation, participant }: AccountRecord): Caller {
  // An institution's account bears its participant's name.
  const own = participant === null ? null : { id: participant, name }
  return { id, name, role, federation, participant, own, by: 'token', session: null, mustChangePassword: false }
}
