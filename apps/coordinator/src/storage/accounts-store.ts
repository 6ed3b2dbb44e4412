import type { AccountId, AdminAuditEntry, FederationId, ParticipantId, Role, TokenId } from '@tributary/protocol'

/** Who a person is at a single sign-on provider; `subject` is null until the first sign-in of one enrolled by e-mail. */
export interface IdentityRecord {
  issuer: string
  subject: string | null
  email: string | null
  linked: boolean
}

export interface UserRecord {
  id: AccountId
  name: string
  role: Role
  federation: FederationId | null
  participant: ParticipantId | null
  /** argon2id in PHC form. */
  passwordHash: string | null
  mustChangePassword: boolean
  createdAt: Date
  lastSignInAt: Date | null
  disabledAt: Date | null
  identity: IdentityRecord | null
}

export interface SessionRecord {
  /** SHA-256 of the cookie's value, hex. */
  idHash: string
  user: AccountId
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
}

export interface UserTokenRecord {
  id: TokenId
  user: AccountId
  name: string
  /** SHA-256 of the token, hex. */
  tokenHash: string
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** A single sign-on between its start and its callback. */
export interface AttemptRecord {
  idHash: string
  provider: string
  state: string
  nonce: string
  verifier: string
  returnTo: string
  expiresAt: Date
}

export type AuditRecord = Omit<AdminAuditEntry, 'at'> & { at: Date }
export type NewAuditRecord = Omit<AuditRecord, 'seq'>

export interface UserChange {
  role?: Role
  passwordHash?: string
  mustChangePassword?: boolean
  disabledAt?: Date | null
}

/** How failures in a row lock. */
export interface LockPolicy {
  /** Milliseconds that this many failures in a row lock for; 0 for not at all. */
  lockMs: (failures: number) => number
  /** Milliseconds without a failure after which those before are forgotten. */
  forgetMs: number
}

/**
 * People, their sessions and tokens, and the audit log. What takes an audit entry writes it in the transaction of the change.
 * Refusals are TributaryErrors with their code; other exceptions mean that the storage is broken.
 */
export interface AccountsStore {
  /** @throws account_name_taken, oidc_taken */
  createUser(user: UserRecord, audit: NewAuditRecord): Promise<void>
  user(id: AccountId): Promise<UserRecord | null>
  userByName(name: string): Promise<UserRecord | null>
  /** By name. */
  users(filter: { federation?: FederationId }): Promise<UserRecord[]>
  /** Changes a user and ends all sessions but `keep`. @returns null when there is no such user */
  changeUser(id: AccountId, change: UserChange, keep: string | null, audit: NewAuditRecord | null): Promise<UserRecord | null>

  /**
   * Begins a session and ends `replaced`, in one transaction.
   * @param passwordHash what the password was checked against; null when it was not by password
   * @throws credentials_wrong when that is not the user's any more, or the user was disabled: a change that ends all sessions ends this one
   */
  startSession(session: SessionRecord, passwordHash: string | null, replaced: string | null, audit: NewAuditRecord): Promise<void>
  /** Also one that has expired. */
  session(idHash: string): Promise<{ session: SessionRecord; user: UserRecord } | null>
  touchSession(idHash: string, at: Date): Promise<void>
  /** Does nothing, and writes nothing, when there is none. */
  endSession(idHash: string, audit: NewAuditRecord): Promise<void>

  createToken(token: UserTokenRecord, audit: NewAuditRecord): Promise<void>
  /** Newest first. */
  tokens(user: AccountId): Promise<UserTokenRecord[]>
  token(id: TokenId): Promise<UserTokenRecord | null>
  /** Also one that has expired or was revoked. */
  tokenByHash(tokenHash: string): Promise<{ token: UserTokenRecord; user: UserRecord } | null>
  touchToken(id: TokenId, at: Date): Promise<void>
  /** Does nothing to one that was revoked before. */
  revokeToken(id: TokenId, at: Date, audit: NewAuditRecord): Promise<void>

  userBySubject(issuer: string, subject: string): Promise<UserRecord | null>
  /** Links who is enrolled with this subject, or with this address, for good. @returns null when nobody is */
  linkIdentity(issuer: string, subject: string, email: string | null): Promise<UserRecord | null>
  createAttempt(attempt: AttemptRecord): Promise<void>
  /** Takes an attempt out: it is good once. */
  takeAttempt(idHash: string): Promise<AttemptRecord | null>

  /**
   * Counts a try as a failure before it is known to be none, so that many at once cannot slip through.
   * @returns until when tries are refused: this one was not counted; null lets it go on
   */
  countTry(key: string, at: Date, policy: LockPolicy): Promise<Date | null>
  /** The try was no failure. `all`: forget the earlier ones too. */
  forgiveTry(key: string, at: Date, all: boolean): Promise<void>
  /** Until when this key is locked, by those of the keys that are. */
  locks(keys: readonly string[], at: Date): Promise<Map<string, Date>>

  addAudit(entry: NewAuditRecord): Promise<void>
  /** Newest first, and the newest seq of all. */
  audit(filter: {
    federation?: FederationId
    before?: number
    limit: number
  }): Promise<{ headSeq: number; entries: AuditRecord[] }>

  /** The key of this name; `fresh` becomes it when there is none. */
  key(name: string, fresh: string): Promise<string>
  /** Removes sessions and attempts that expired before, and failures that are older. */
  purge(before: { sessions: Date; attempts: Date; failures: Date }): Promise<void>
}
