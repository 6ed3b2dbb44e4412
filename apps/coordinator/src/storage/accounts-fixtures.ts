import { randomBytes } from 'node:crypto'
import type { AccountId, TokenId } from '@tributary/protocol'
import type { AccountsStore, NewAuditRecord, SessionRecord, UserRecord, UserTokenRecord } from './accounts-store.ts'
import { later, START, someHash } from './store-fixtures.ts'

const unique = () => randomBytes(10).toString('hex')

export const someUser = (change: Partial<UserRecord> = {}): UserRecord => ({
  id: `acc_${unique()}` as AccountId,
  name: `person-${unique()}`,
  role: 'researcher',
  federation: null,
  participant: null,
  passwordHash: '$argon2id$…',
  mustChangePassword: false,
  createdAt: START,
  lastSignInAt: null,
  disabledAt: null,
  identity: null,
  ...change,
})
export const someSession = (user: AccountId, change: Partial<SessionRecord> = {}): SessionRecord => ({
  idHash: someHash(),
  user,
  createdAt: later(1),
  lastSeenAt: later(1),
  expiresAt: later(100),
  ...change,
})
export const someToken = (user: AccountId, change: Partial<UserTokenRecord> = {}): UserTokenRecord => ({
  id: `tok_${unique()}` as TokenId,
  user,
  name: 'my script',
  tokenHash: someHash(),
  createdAt: START,
  expiresAt: later(100),
  lastUsedAt: null,
  revokedAt: null,
  ...change,
})
export const entry = (change: Partial<NewAuditRecord> = {}): NewAuditRecord => ({
  at: START,
  action: 'user.create',
  account: null,
  name: null,
  by: 'nobody',
  address: '127.0.0.1',
  federation: null,
  target: null,
  details: {},
  result: 'done',
  code: null,
  ...change,
})

export async function storedUser(people: AccountsStore, change: Partial<UserRecord> = {}): Promise<UserRecord> {
  const user = someUser(change)
  await people.createUser(user, entry())
  return user
}

/** Oldest first. */
export const auditSeqs = async (people: AccountsStore): Promise<number[]> =>
  (await people.audit({ limit: 1_000 })).entries.map(({ seq }) => seq).reverse()
