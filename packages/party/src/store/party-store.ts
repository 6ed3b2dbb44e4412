import { randomBytes } from 'node:crypto'
import { type Identity, type IdentityStore, identitySchema, type PendingJoin, pendingJoinSchema } from '@tributary/client'
import { createIdentity, type SecretIdentity } from '@tributary/crypto'
import { type AuditEntry, TributaryError } from '@tributary/protocol'
import { z } from 'zod'
import { type Charter, charterSchema } from './charter.ts'
import { PartyDatabase } from './database.ts'
import { packParts, unpackParts } from './parts.ts'
import { RunStore } from './run-store.ts'
import { STORE_VERSION } from './schema.ts'
import { type StateLock, secretOf } from './state-lock.ts'
import { openVault, type Vault } from './vault.ts'

const SALT_BYTES = 32
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export interface PartyStoreOptions {
  /** Made when it is missing (0700); one process at a time. */
  readonly folder: string
  readonly lock: StateLock
  /** Cost of deriving the key from the lock (N of scrypt); tests take a small one. */
  readonly keyCost?: number | undefined
  /** Opens the file; tests put in their own. */
  readonly openDatabase?: ((folder: string) => PartyDatabase) | undefined
}

export type Decision = 'approved' | 'refused'

/** Durable state of a party: one folder, one SQLite file, secrets encrypted at rest. */
export class PartyStore {
  readonly folder: string
  readonly #db: PartyDatabase
  readonly #vault: Vault

  constructor(folder: string, db: PartyDatabase, vault: Vault) {
    this.folder = folder
    this.#db = db
    this.#vault = vault
  }

  /** Made at the first call, the same ever after. */
  identity(): SecretIdentity {
    const saved = this.#secret('identity')
    if (saved !== null) {
      const [signing, sealing] = unpackParts(saved)
      if (signing === undefined || sealing === undefined) throw new RangeError('the saved identity has not two keys')
      return { signing, sealing }
    }
    const identity = createIdentity()
    this.#saveSecret('identity', packParts([identity.signing, identity.sealing]))
    return identity
  }

  /** The hub's credential beside everything else: one folder, one lock. */
  membership(): IdentityStore {
    return {
      find: async (url, name) =>
        this.#identities()
          .filter((identity) => identity.url === url && (name === undefined || identity.name === name))
          .sort((a, b) => (a.savedAt < b.savedAt ? 1 : -1)),
      save: async (identity) => {
        const others = this.#identities().filter(({ participant }) => participant !== identity.participant)
        this.#saveJson('memberships', [...others, identity])
      },
      remove: async ({ participant }) => {
        this.#saveJson(
          'memberships',
          this.#identities().filter((identity) => identity.participant !== participant),
        )
      },
      findPendingJoin: async (url, inviteSha256) =>
        this.#pendingJoins().find((join) => join.url === url && join.inviteSha256 === inviteSha256) ?? null,
      savePendingJoin: async (join) => {
        this.#saveJson('pending-joins', [...this.#pendingJoins().filter((old) => old.inviteSha256 !== join.inviteSha256), join])
      },
      removePendingJoin: async (join) => {
        this.#saveJson(
          'pending-joins',
          this.#pendingJoins().filter((old) => old.inviteSha256 !== join.inviteSha256),
        )
      },
    }
  }

  /** Durable before the decision is told to the hub: it is never asked for twice, and never changes. */
  decide(run: string, decision: Decision, charter: Charter): void {
    const sealed = this.#vault.seal(encoder.encode(JSON.stringify(charter)), `${run} charter`)
    const sql = 'INSERT INTO runs (id, manifest_sha256, decision, sealed_charter) VALUES (?, ?, ?, ?)'
    this.#db.change(sql, run, charter.manifestSha256, decision, sealed)
  }

  decision(run: string): { readonly decision: Decision; readonly charter: Charter } | null {
    const schema = z.object({ decision: z.enum(['approved', 'refused']) })
    const row = this.#db.row(schema, 'SELECT decision FROM runs WHERE id = ?', run)
    const sealed = this.#db.blob('SELECT sealed_charter FROM runs WHERE id = ?', run)
    if (row === null || sealed === null) return null
    const charter = charterSchema.parse(JSON.parse(decoder.decode(this.#vault.open(sealed, `${run} charter`))))
    return { decision: row.decision, charter }
  }

  /** Hub's names of all runs that were decided on. */
  runs(): readonly string[] {
    return this.#db.rows(z.object({ id: z.string() }), 'SELECT id FROM runs ORDER BY id').map(({ id }) => id)
  }

  /** The hub's name of the run with this manifest; null when it is not known here. */
  runOf(manifestSha256: string): string | null {
    return this.#db.row(z.object({ id: z.string() }), 'SELECT id FROM runs WHERE manifest_sha256 = ?', manifestSha256)?.id ?? null
  }

  run(run: string): RunStore {
    return new RunStore(this.#db, this.#vault, run)
  }

  /** Key service: the log of a run, in order. */
  auditLog(run: string): readonly AuditEntry[] {
    return this.run(run).auditLog()
  }

  close(): void {
    this.#db.close()
  }

  #identities(): Identity[] {
    return this.#json('memberships', z.array(identitySchema)) ?? []
  }

  #pendingJoins(): PendingJoin[] {
    return this.#json('pending-joins', z.array(pendingJoinSchema)) ?? []
  }

  #json<T>(name: string, schema: z.ZodType<T>): T | null {
    const saved = this.#secret(name)
    return saved === null ? null : schema.parse(JSON.parse(decoder.decode(saved)))
  }

  #saveJson(name: string, value: unknown): void {
    this.#saveSecret(name, encoder.encode(JSON.stringify(value)))
  }

  #secret(name: string): Uint8Array | null {
    const sealed = this.#db.blob('SELECT value FROM meta WHERE name = ?', name)
    return sealed === null ? null : this.#vault.open(sealed, name)
  }

  #saveSecret(name: string, bytes: Uint8Array): void {
    this.#db.change('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, this.#vault.seal(bytes, name))
  }
}

/**
 * @throws TributaryError `secret_storage_locked` when the lock is not the one that the folder was made with, or cannot be used;
 *   `config_invalid` when the folder cannot be used or is in use
 */
export async function openPartyStore(options: PartyStoreOptions): Promise<PartyStore> {
  const { folder, lock, keyCost, openDatabase = (path: string) => new PartyDatabase(path) } = options
  const secret = await secretOf(lock)
  const db = openDatabase(folder)
  try {
    const salt = db.blob("SELECT value FROM meta WHERE name = 'salt'") ?? randomBytes(SALT_BYTES)
    const vault = openVault(secret, salt, keyCost)
    const check = db.blob("SELECT value FROM meta WHERE name = 'check'")
    if (check === null) {
      db.atomically(() => {
        db.change("INSERT INTO meta VALUES ('salt', ?)", salt)
        db.change("INSERT INTO meta VALUES ('check', ?)", vault.seal(encoder.encode(STORE_VERSION), 'check'))
      })
    } else {
      const version = decoder.decode(vault.open(check, 'check'))
      if (version !== STORE_VERSION) {
        const reason = `${folder} was made by another version (layout ${version}, expected ${STORE_VERSION})`
        throw new TributaryError('config_invalid', { setting: 'stateDir', reason })
      }
    }
    return new PartyStore(folder, db, vault)
  } catch (error) {
    db.close()
    throw error
  }
}
