import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import Database from 'libsql'
import type { z } from 'zod'
import { CREATE_TABLES } from './schema.ts'

export type Value = string | number | Uint8Array | null

/** The disk or the file failed, not the program: what is durable is whole, and a later start can go on from it. */
export class StoreFailure extends Error {
  override readonly name: string = 'StoreFailure'
}

const WAITS_FOR_READERS_MS = 10_000

/** One SQLite file that this process alone holds: WAL, fsync with each commit, deleted bytes overwritten. */
export class PartyDatabase {
  readonly #db: Database.Database
  /** Its open transaction is the lock: a process that dies lets it go. The main file's own lock could not be given back. */
  readonly #lock: Database.Database

  /** @throws TributaryError `config_invalid` when another process holds the folder, or it is no such folder */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      chmodSync(folder, 0o700)
      // A second process with one identity would sign two different messages for one place.
      this.#lock = openPrivate(join(folder, 'party.lock'))
      this.#lock.exec('BEGIN EXCLUSIVE')
      this.#db = openPrivate(join(folder, 'party.sqlite'))
      // Whoever reads the file without its lock, as a backup does, is waited for.
      this.#db.pragma(`busy_timeout = ${WAITS_FOR_READERS_MS}`)
      this.#db.pragma('journal_mode = WAL')
      this.#db.pragma('synchronous = FULL')
      this.#db.pragma('secure_delete = ON')
      this.#db.exec(CREATE_TABLES)
    } catch (cause) {
      const busy = (cause as { code?: unknown }).code === 'SQLITE_BUSY'
      const reason = busy ? `another process uses ${folder}` : `${folder} cannot be used (${(cause as Error).message})`
      throw new TributaryError('config_invalid', { setting: 'stateDir', reason }, { cause })
    }
  }

  // Values go as one array: a lone blob would be taken for named parameters.

  /** The first row, checked. */
  row<T>(schema: z.ZodType<T>, sql: string, ...values: Value[]): T | null {
    const row = asked(() => this.#db.prepare(sql).get(values))
    return row === undefined ? null : schema.parse(row)
  }

  /** All rows, checked; not for blobs. */
  rows<T>(schema: z.ZodType<T>, sql: string, ...values: Value[]): T[] {
    return asked(() => this.#db.prepare(sql).all(values)).map((row) => schema.parse(row))
  }

  /** A blob of the first row; null when there is no row, or it is null. */
  blob(sql: string, ...values: Value[]): Uint8Array | null {
    const row: unknown = asked(() => this.#db.prepare(sql).raw().get(values))
    const [value] = Array.isArray(row) ? row : []
    if (value === null || value === undefined) return null
    if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    if (value instanceof ArrayBuffer) return new Uint8Array(value)
    throw new TypeError(`not a blob: ${sql}`)
  }

  change(sql: string, ...values: Value[]): void {
    asked(() => this.#db.prepare(sql).run(values))
  }

  /**
   * As `change`, for what is no secret and can be learned again should the power fail: no fsync, and deleted bytes stay until they
   * are written over. It survives the end of the process like everything else.
   */
  changeCheaply(sql: string, ...values: Value[]): void {
    asked(() => this.#db.exec('PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF'))
    try {
      this.change(sql, ...values)
    } finally {
      asked(() => this.#db.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON'))
    }
  }

  /** All of it or nothing; durable when it returns. */
  atomically(change: () => void): void {
    asked(() => this.#db.exec('BEGIN IMMEDIATE'))
    try {
      change()
      asked(() => this.#db.exec('COMMIT'))
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Writes the journal into the file and cuts it, so that what was deleted is in neither. */
  scrub(): void {
    asked(() => this.#db.pragma('wal_checkpoint(TRUNCATE)'))
  }

  /** Afterwards all is in the one file, which can be copied, moved or opened at once. */
  close(): void {
    try {
      // libsql keeps a connection until its last statement is collected, so the journal would go at any time after close.
      this.#db.exec('PRAGMA journal_mode = DELETE')
    } catch {
      // A disk that fails: file and journal together are whole as well.
    }
    this.#db.close()
    this.#lock.exec('ROLLBACK')
    this.#lock.close()
  }
}

/** @throws StoreFailure; a constraint that does not hold is the caller's fault, and thrown as it is */
function asked<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (String((cause as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw cause
    throw new StoreFailure((cause as Error).message, { cause })
  }
}

/** SQLite gives its journals the mode of the main file. */
function openPrivate(file: string): Database.Database {
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  return new Database(file)
}
