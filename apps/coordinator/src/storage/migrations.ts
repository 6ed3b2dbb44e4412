import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TributaryError } from '@tributary/protocol'
import { retryOnContention } from './retry.ts'

export type Provider = 'sqlite' | 'postgres'

/** A connection as the migrations need it. */
export interface MigrationTarget {
  readonly provider: Provider
  /** Runs several statements. What fails in a transaction must be rolled back before it throws. */
  runScript(script: string): Promise<void>
  /** First column of the rows. */
  query(sql: string): Promise<unknown[]>
}

/** Folder of a provider's migrations: one folder each, `<name>/migration.sql`, applied in the order of their names. */
export const migrationsFolder = (provider: Provider): string =>
  fileURLToPath(new URL(`../../prisma/migrations/${provider}`, import.meta.url))

/**
 * Brings a database up to date. Each migration is applied whole or not at all, once, and remembered with its hash.
 * Several processes may do this at once: the name is written first, so the later one waits and then finds it done.
 * @throws migration_edited when a file is not the one that was applied
 */
export async function applyMigrations(target: MigrationTarget, folder = migrationsFolder(target.provider)): Promise<void> {
  await runUnless(
    target,
    'CREATE TABLE IF NOT EXISTS _migrations (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, at TEXT NOT NULL)',
    // PostgreSQL's IF NOT EXISTS fails when two do it at the same moment.
    async () => (await target.query('SELECT count(*) FROM _migrations')).length === 1,
  )
  for (const name of readdirSync(folder).sort()) {
    if (!/^[\w-]+$/.test(name)) throw new Error(`a migration's name holds only letters, digits, _ and -: ${name}`)
    const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    if (await isApplied(target, name, sha256)) continue
    await runUnless(target, migrationScript(target.provider, name, sha256, sql), () => isApplied(target, name, sha256))
  }
}

/** Runs a script; a failure counts only when nobody else has done the same meanwhile. */
async function runUnless(target: MigrationTarget, script: string, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await retryOnContention(() => target.runScript(script))
  } catch (error) {
    if (!(await isDone().catch(() => false))) throw error
  }
}

async function isApplied(target: MigrationTarget, name: string, sha256: string): Promise<boolean> {
  const [applied] = await target.query(`SELECT sha256 FROM _migrations WHERE name = '${name}'`)
  if (applied === undefined) return false
  if (applied !== sha256) throw new TributaryError('migration_edited', { name })
  return true
}

/**
 * SQLite ignores its pragma inside a transaction, and a table that is rebuilt must not delete its children. PostgreSQL takes
 * the statements of one call as one transaction.
 */
function migrationScript(provider: Provider, name: string, sha256: string, sql: string): string {
  const body = `INSERT INTO _migrations VALUES ('${name}', '${sha256}', '${new Date().toISOString()}');\n${sql}`
  if (provider === 'postgres') return body
  return `PRAGMA foreign_keys=OFF;\nBEGIN IMMEDIATE;\n${body}\nCOMMIT;\nPRAGMA foreign_keys=ON;`
}
