import {
  type AccountId,
  adminAuditEntrySchema,
  type FederationId,
  type ParticipantId,
  roleSchema,
  type TokenId,
} from '@tributary/protocol'
import type * as rows from '../generated/sqlite/client.ts'
import type { AttemptRecord, AuditRecord, NewAuditRecord, SessionRecord, UserRecord, UserTokenRecord } from './accounts-store.ts'

/* Rows of people's accounts ↔ records; what is narrowed by a cast was written by this folder and nothing else. */

export const withIdentity = { identity: true } as const

export function userRecord(row: rows.User & { identity: rows.OidcIdentity | null }): UserRecord {
  const { federationId, participantId, identity, ...rest } = row
  return {
    ...rest,
    id: row.id as AccountId,
    role: roleSchema.parse(row.role),
    federation: federationId as FederationId | null,
    participant: participantId as ParticipantId | null,
    identity: identity && { issuer: identity.issuer, subject: identity.subject, email: identity.email, linked: identity.linked },
  }
}

export const userRow = ({ federation, participant, identity: _, ...record }: UserRecord): rows.User => ({
  ...record,
  federationId: federation,
  participantId: participant,
})

export const sessionRecord = ({ userId, ...row }: rows.UserSession): SessionRecord => ({ ...row, user: userId as AccountId })
export const sessionRow = ({ user, ...record }: SessionRecord): rows.UserSession => ({ ...record, userId: user })

export const tokenRecord = ({ userId, ...row }: rows.UserToken): UserTokenRecord => ({
  ...row,
  id: row.id as TokenId,
  user: userId as AccountId,
})
export const tokenRow = ({ user, ...record }: UserTokenRecord): rows.UserToken => ({ ...record, userId: user })

export const attemptRecord = (row: rows.OidcAttempt): AttemptRecord => row

const wireParts = adminAuditEntrySchema.omit({ at: true })
export const auditRecord = ({ accountId, federationId, details, at, ...row }: rows.AuditEntry): AuditRecord => ({
  ...wireParts.parse({ ...row, account: accountId, federation: federationId, details: JSON.parse(details) }),
  at,
})
export const auditRow = ({ account, federation, details, ...entry }: NewAuditRecord, seq: number): rows.AuditEntry => ({
  ...entry,
  seq,
  accountId: account,
  federationId: federation,
  details: JSON.stringify(details),
})
