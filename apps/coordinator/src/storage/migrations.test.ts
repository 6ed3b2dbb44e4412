import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaFor } from '../../../../scripts/generate-database-client.mjs'
import { applyMigrations, type MigrationTarget, migrationsFolder } from './migrations.ts'

describe('migrations', () => {
  let folder: string
  let files: string
  let connection: Awaited<ReturnType<PrismaLibSql['connect']>>
  let target: MigrationTarget
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-migrations-'))
    files = join(folder, 'files')
    cpSync(migrationsFolder('sqlite'), files, { recursive: true })
    connection = await new PrismaLibSql({ url: pathToFileURL(join(folder, 'a.db')).href, intMode: 'bigint' }).connect()
    target = {
      provider: 'sqlite',
      runScript: (script) => connection.executeScript(script),
      query: async (sql) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows.map((row) => row[0]),
    }
  })
  afterEach(async () => {
    await connection.dispose()
    rmSync(folder, { recursive: true })
  })
  const add = (name: string, sql: string) => {
    mkdirSync(join(files, name))
    writeFileSync(join(files, name, 'migration.sql'), sql)
  }

  it.each(['sqlite', 'postgres'] as const)('lead to the schema of today on %s', (provider) => {
    const newest = readdirSync(migrationsFolder(provider)).sort().at(-1) ?? ''
    const reached = readFileSync(join(migrationsFolder(provider), newest, 'schema.prisma'), 'utf8')
    // Comments need no migration.
    const bare = (schema: string) => schema.replaceAll(/^\s*\/\/.*\n/gm, '')
    expect(bare(reached), 'run prisma/author-migration.mjs').toBe(bare(schemaFor(provider)))
  })

  it('free the names of those who had left before, and keep those of the others', async () => {
    for (const name of readdirSync(files)) if (name >= '0003') rmSync(join(files, name), { recursive: true })
    await applyMigrations(target, files)
    await connection.executeScript(
      "INSERT INTO Federation VALUES ('f', 'f', 0);" +
        "INSERT INTO Participant (id, federationId, name, joinedAt, leftAt) VALUES ('a', 'f', 'alder', 0, 1), ('b', 'f', 'birch', 0, NULL);",
    )
    cpSync(migrationsFolder('sqlite'), files, { recursive: true })
    await applyMigrations(target, files)
    expect(await target.query('SELECT heldName FROM Participant ORDER BY id')).toEqual([null, 'birch'])
  })

  it('are applied once', async () => {
    await applyMigrations(target, files)
    await applyMigrations(target, files)
    expect(await target.query('SELECT name FROM _migrations')).toEqual(readdirSync(files))
  })

  it('refuse to start on a file that was edited after it was applied', async () => {
    await applyMigrations(target, files)
    const name = readdirSync(files)[0] ?? ''
    writeFileSync(join(files, name, 'migration.sql'), '-- something else')
    await expect(applyMigrations(target, files)).rejects.toMatchObject({ code: 'migration_edited', details: { name } })
  })

  it('leave nothing behind when one fails, and go on when it is mended', async () => {
    add('9000-broken', 'CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);')
    await expect(applyMigrations(target, files)).rejects.toThrow(/nowhere/)
    expect(await target.query("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([])
    writeFileSync(join(files, '9000-broken', 'migration.sql'), 'CREATE TABLE half (id TEXT);')
    await applyMigrations(target, files)
    expect(await target.query("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual(['half'])
  })

  it('rebuild a table without losing the rows that point to it', async () => {
    add(
      '9000-parent',
      'CREATE TABLE parent (id TEXT PRIMARY KEY); CREATE TABLE child (id TEXT, up TEXT REFERENCES parent ON DELETE CASCADE);',
    )
    await applyMigrations(target, files)
    await connection.executeScript("INSERT INTO parent VALUES ('a'); INSERT INTO child VALUES ('b', 'a');")
    add(
      '9001-rebuild',
      "CREATE TABLE fresh (id TEXT PRIMARY KEY, more TEXT); INSERT INTO fresh SELECT id, 'x' FROM parent; DROP TABLE parent; ALTER TABLE fresh RENAME TO parent;",
    )
    await applyMigrations(target, files)
    expect(await target.query('SELECT id FROM child')).toEqual(['b'])
    expect(await target.query('PRAGMA foreign_keys')).toEqual(['1'])
  })
})
