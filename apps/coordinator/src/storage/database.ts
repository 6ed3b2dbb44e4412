import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import { TributaryError } from '@tributary/protocol'
import { PrismaClient as PostgresClient } from '../generated/postgres/client.ts'
import { PrismaClient as SqliteClient } from '../generated/sqlite/client.ts'
import { applyMigrations, type Provider } from './migrations.ts'
import { ThreadedSqlite } from './threaded-sqlite.ts'

/** Both generated clients have the same models and types; code is written against SQLite's. */
export type DatabaseClient = SqliteClient
export type DatabaseTransaction = Omit<
  DatabaseClient,
  '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends' | '$use' | symbol
>

export interface DatabaseOptions {
  /** postgres://… ; left out, an SQLite file in `dataDir` is used. `?schema=name` chooses (and creates) a schema. */
  databaseUrl?: string | undefined
  dataDir: string
}

export interface Database {
  readonly provider: Provider
  readonly client: DatabaseClient
}

/** Connections that a coordinator keeps to PostgreSQL. */
const POOL_SIZE = 10

/** Opens the database and applies what migrations are missing. @throws config_invalid, migration_edited */
export async function openDatabase({ databaseUrl, dataDir }: DatabaseOptions): Promise<Database> {
  if (databaseUrl === undefined) return openSqlite(dataDir)
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) return openPostgres(databaseUrl)
  throw new TributaryError('config_invalid', {
    setting: 'databaseUrl',
    reason: 'it must begin with postgres://; leave it out for the built-in SQLite',
  })
}

async function openSqlite(dataDir: string): Promise<Database> {
  mkdirSync(dataDir, { recursive: true })
  // Without 'bigint' the driver throws on whole numbers above 2^53. Another process that writes is waited for.
  const config = { url: pathToFileURL(join(dataDir, 'tributary.db')).href, intMode: 'bigint', timeout: 5_000 } as const
  const connection = await new PrismaLibSql(config).connect()
  try {
    // Kept in the file. synchronous=FULL and foreign_keys=ON are the driver's defaults for each new connection.
    await connection.executeScript('PRAGMA journal_mode=WAL')
    await applyMigrations({
      provider: 'sqlite',
      runScript: (script) => connection.executeScript(script),
      query: (sql) => firstColumn(connection, sql),
    })
  } finally {
    await connection.dispose()
  }
  return { provider: 'sqlite', client: new SqliteClient({ adapter: new ThreadedSqlite(config) }) }
}

async function openPostgres(databaseUrl: string): Promise<Database> {
  const { connectionString, schema } = parsePostgresUrl(databaseUrl)
  const config = {
    connectionString,
    connectionTimeoutMillis: 10_000,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema}` }),
  }
  const connection = await new PrismaPg({ ...config, max: 1 }).connect()
  try {
    const pool = connection.underlyingDriver()
    if (schema !== undefined) {
      const create = () => pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
      // Fails when another coordinator does the same at this moment; then it is there.
      await create().catch(create)
    }
    await applyMigrations({
      provider: 'postgres',
      // The adapter's own executeScript splits at every semicolon and uses a connection for each piece.
      runScript: async (script) => void (await pool.query(script)),
      query: (sql) => firstColumn(connection, sql),
    })
  } finally {
    await connection.dispose()
  }
  const factory = new PrismaPg({ ...config, max: POOL_SIZE }, schema === undefined ? undefined : { schema })
  // The clients differ in what SQLite lacks, of which nothing is used; the contract suite runs on both.
  return { provider: 'postgres', client: new PostgresClient({ adapter: factory }) as unknown as DatabaseClient }
}

async function firstColumn(connection: SqlDriverAdapter, sql: string): Promise<unknown[]> {
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] })
  return rows.map((row) => row[0])
}

function parsePostgresUrl(databaseUrl: string): { connectionString: string; schema: string | undefined } {
  if (!URL.canParse(databaseUrl))
    throw new TributaryError('config_invalid', { setting: 'databaseUrl', reason: 'it is not a URL' })
  const url = new URL(databaseUrl)
  const schema = url.searchParams.get('schema') ?? undefined
  if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new TributaryError('config_invalid', { setting: 'databaseUrl', reason: 'the name of the schema is not usable' })
  }
  url.searchParams.delete('schema')
  return { connectionString: url.href, schema }
}
