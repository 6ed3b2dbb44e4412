import type { AccountId, FederationId, TokenId } from '@tributary/protocol'
import {
  attemptRecord,
  auditRecord,
  sessionRecord,
  tokenRecord,
  tokenRow,
  userRecord,
  userRow,
  withIdentity,
} from './accounts-rows.ts'
import type {
  AccountsStore,
  AttemptRecord,
  AuditRecord,
  LockPolicy,
  NewAuditRecord,
  SessionRecord,
  UserChange,
  UserRecord,
  UserTokenRecord,
} from './accounts-store.ts'
import { isDuplicate, refuseDuplicate } from './refusals.ts'
import { countTryIn, forgiveTryIn } from './sign-in-failures.ts'
import { startSessionIn } from './start-session.ts'
import { requireStorable } from './storable-text.ts'
import type { Turns } from './turns.ts'
import { writeAudit } from './write-audit.ts'

/** People on SQLite or PostgreSQL. */
export class PrismaAccountsStore implements AccountsStore {
  readonly #turns: Turns

  constructor(turns: Turns) {
    this.#turns = turns
  }

  async createUser(user: UserRecord, audit: NewAuditRecord): Promise<void> {
    requireStorable({ name: user.name, subject: user.identity?.subject, email: user.identity?.email })
    await this.#turns.transaction(async (tx) => {
      await refuseDuplicate('User', 'account_name_taken', { name: user.name }, () => tx.user.create({ data: userRow(user) }))
      const { identity } = user
      if (identity !== null)
        await refuseDuplicate('OidcIdentity', 'oidc_taken', {}, () =>
          tx.oidcIdentity.create({ data: { userId: user.id, ...identity } }),
        )
      await writeAudit(tx, audit)
    })
  }

  async user(id: AccountId): Promise<UserRecord | null> {
    const row = await this.#turns.do((client) => client.user.findUnique({ where: { id }, include: withIdentity }))
    return row && userRecord(row)
  }

  async userByName(name: string): Promise<UserRecord | null> {
    const row = await this.#turns.do((client) => client.user.findUnique({ where: { name }, include: withIdentity }))
    return row && userRecord(row)
  }

  async users({ federation }: { federation?: FederationId }): Promise<UserRecord[]> {
    const where = federation === undefined ? {} : { federationId: federation }
    const rows = await this.#turns.do((client) =>
      client.user.findMany({ where, include: withIdentity, orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
    )
    return rows.map(userRecord)
  }

  async changeUser(
    id: AccountId,
    change: UserChange,
    keep: string | null,
    audit: NewAuditRecord | null,
  ): Promise<UserRecord | null> {
    return this.#turns.transaction(async (tx) => {
      const { count } = await tx.user.updateMany({ where: { id }, data: change })
      if (count === 0) return null
      await tx.userSession.deleteMany({ where: { userId: id, ...(keep === null ? {} : { NOT: { idHash: keep } }) } })
      if (audit !== null) await writeAudit(tx, audit)
      const row = await tx.user.findUnique({ where: { id }, include: withIdentity })
      return row && userRecord(row)
    })
  }

  async startSession(...session: Parameters<AccountsStore['startSession']>): Promise<void> {
    await this.#turns.transaction((tx) => startSessionIn(tx, ...session))
  }

  async session(idHash: string): Promise<{ session: SessionRecord; user: UserRecord } | null> {
    const row = await this.#turns.do((client) =>
      client.userSession.findUnique({ where: { idHash }, include: { user: { include: withIdentity } } }),
    )
    if (row === null) return null
    const { user, ...session } = row
    return { session: sessionRecord(session), user: userRecord(user) }
  }

  async touchSession(idHash: string, at: Date): Promise<void> {
    const where = { idHash, lastSeenAt: { lt: at } }
    await this.#turns.do((client) => client.userSession.updateMany({ where, data: { lastSeenAt: at } }))
  }

  async endSession(idHash: string, audit: NewAuditRecord): Promise<void> {
    await this.#turns.transaction(async (tx) => {
      const { count } = await tx.userSession.deleteMany({ where: { idHash } })
      if (count > 0) await writeAudit(tx, audit)
    })
  }

  async createToken(token: UserTokenRecord, audit: NewAuditRecord): Promise<void> {
    requireStorable({ name: token.name })
    await this.#turns.transaction(async (tx) => {
      await tx.userToken.create({ data: tokenRow(token) })
      await writeAudit(tx, audit)
    })
  }

  async tokens(userId: AccountId): Promise<UserTokenRecord[]> {
    const orderBy = [{ createdAt: 'desc' }, { id: 'asc' }] as const
    const rows = await this.#turns.do((client) => client.userToken.findMany({ where: { userId }, orderBy: [...orderBy] }))
    return rows.map(tokenRecord)
  }

  async token(id: TokenId): Promise<UserTokenRecord | null> {
    const row = await this.#turns.do((client) => client.userToken.findUnique({ where: { id } }))
    return row && tokenRecord(row)
  }

  async tokenByHash(tokenHash: string): Promise<{ token: UserTokenRecord; user: UserRecord } | null> {
    const row = await this.#turns.do((client) =>
      client.userToken.findUnique({ where: { tokenHash }, include: { user: { include: withIdentity } } }),
    )
    if (row === null) return null
    const { user, ...token } = row
    return { token: tokenRecord(token), user: userRecord(user) }
  }

  async touchToken(id: TokenId, at: Date): Promise<void> {
    await this.#turns.do((client) => client.userToken.updateMany({ where: { id }, data: { lastUsedAt: at } }))
  }

  async revokeToken(id: TokenId, at: Date, audit: NewAuditRecord): Promise<void> {
    await this.#turns.transaction(async (tx) => {
      const { count } = await tx.userToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })
      if (count > 0) await writeAudit(tx, audit)
    })
  }

  async userBySubject(issuer: string, subject: string): Promise<UserRecord | null> {
    const where = { issuer_subject: { issuer, subject }, linked: true }
    const row = await this.#turns.do((client) =>
      client.oidcIdentity.findUnique({ where, include: { user: { include: withIdentity } } }),
    )
    return row && userRecord(row.user)
  }

  async linkIdentity(issuer: string, subject: string, email: string | null): Promise<UserRecord | null> {
    const by = [{ subject }, ...(email === null ? [] : [{ email, subject: null }])]
    const link = () =>
      this.#turns.transaction(async (tx) => {
        const found = await tx.oidcIdentity.findFirst({
          where: { issuer, linked: false, OR: by },
          // Who is enrolled by the subject comes before who is by the address.
          orderBy: { email: { sort: 'asc', nulls: 'first' } },
        })
        if (found === null) return null
        const { count } = await tx.oidcIdentity.updateMany({
          where: { userId: found.userId, linked: false },
          data: { subject, email: null, linked: true },
        })
        if (count === 0) return null
        const row = await tx.user.findUnique({ where: { id: found.userId }, include: withIdentity })
        return row && userRecord(row)
      })
    // Another callback of the same person may have linked at this moment: then the subject is taken.
    return link().catch((error: unknown) => {
      if (isDuplicate(error, 'OidcIdentity')) return this.userBySubject(issuer, subject)
      throw error
    })
  }

  async createAttempt(attempt: AttemptRecord): Promise<void> {
    requireStorable({ return: attempt.returnTo })
    await this.#turns.do((client) => client.oidcAttempt.create({ data: attempt }))
  }

  async takeAttempt(idHash: string): Promise<AttemptRecord | null> {
    return this.#turns.transaction(async (tx) => {
      const row = await tx.oidcAttempt.findUnique({ where: { idHash } })
      if (row === null) return null
      const { count } = await tx.oidcAttempt.deleteMany({ where: { idHash } })
      return count === 0 ? null : attemptRecord(row)
    })
  }

  countTry(key: string, at: Date, policy: LockPolicy): Promise<Date | null> {
    return countTryIn(this.#turns, key, at, policy)
  }

  async forgiveTry(key: string, at: Date, all: boolean): Promise<void> {
    await this.#turns.do((client) => forgiveTryIn(client, key, at, all))
  }

  async locks(keys: readonly string[], at: Date): Promise<Map<string, Date>> {
    const where = { key: { in: [...keys] }, lockedUntil: { gt: at } }
    const rows = await this.#turns.do((client) => client.signInFailure.findMany({ where }))
    return new Map(rows.map(({ key, lockedUntil }) => [key, lockedUntil]))
  }

  async addAudit(entry: NewAuditRecord): Promise<void> {
    await this.#turns.transaction((tx) => writeAudit(tx, entry))
  }

  async audit(filter: Parameters<AccountsStore['audit']>[0]): Promise<{ headSeq: number; entries: AuditRecord[] }> {
    const { federation, before, limit } = filter
    const where = {
      ...(federation === undefined ? {} : { federationId: federation }),
      ...(before === undefined ? {} : { seq: { lt: before } }),
    }
    const rows = await this.#turns.do((client) => client.auditEntry.findMany({ where, orderBy: { seq: 'desc' }, take: limit }))
    const head = await this.#turns.do((client) => client.auditHead.findUnique({ where: { id: 1 } }))
    return { headSeq: Math.max(head?.seq ?? 0, rows[0]?.seq ?? 0), entries: rows.map(auditRecord) }
  }

  async key(name: string, fresh: string): Promise<string> {
    const read = () => this.#turns.do((client) => client.coordinatorKey.findUnique({ where: { name } }))
    const known = await read()
    if (known !== null) return known.value
    try {
      return (await this.#turns.do((client) => client.coordinatorKey.create({ data: { name, value: fresh } }))).value
    } catch (error) {
      // Another coordinator was first.
      const theirs = isDuplicate(error, 'CoordinatorKey') ? await read() : null
      if (theirs === null) throw error
      return theirs.value
    }
  }

  async purge({ sessions, attempts, failures }: Parameters<AccountsStore['purge']>[0]): Promise<void> {
    await this.#turns.do((client) => client.userSession.deleteMany({ where: { expiresAt: { lt: sessions } } }))
    await this.#turns.do((client) => client.oidcAttempt.deleteMany({ where: { expiresAt: { lt: attempts } } }))
    await this.#turns.do((client) =>
      client.signInFailure.deleteMany({ where: { lastAt: { lt: failures }, lockedUntil: { lt: failures } } }),
    )
  }
}
