import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SqlDriverAdapter, SqlQuery } from '@prisma/driver-adapter-utils'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ThreadedSqlite } from './threaded-sqlite.ts'

let folder: string
let url: string
let database: SqlDriverAdapter
let isDisposed = false
beforeEach(async () => {
  isDisposed = false
  folder = mkdtempSync(join(tmpdir(), 'tributary-thread-'))
  url = pathToFileURL(join(folder, 'test.db')).href
  database = await new ThreadedSqlite({ url, intMode: 'bigint' }).connect()
  await database.executeScript('CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT, b BLOB)')
})
afterEach(async () => {
  // One test has done so already, and a thread that has ended answers nothing.
  if (!isDisposed) await database.dispose()
  rmSync(folder, { recursive: true })
})

const sql = (text: string, ...args: unknown[]): SqlQuery => ({
  sql: text,
  args,
  argTypes: args.map((arg) => ({
    scalarType: typeof arg === 'string' ? 'string' : typeof arg === 'bigint' ? 'bigint' : 'bytes',
    arity: 'scalar',
  })),
})
const keys = async () => (await database.queryRaw(sql('SELECT k FROM t ORDER BY k'))).rows.map(([key]) => key)

it('carries values both ways', async () => {
  const bytes = new Uint8Array([0, 255, 7])
  expect(await database.executeRaw(sql('INSERT INTO t VALUES (?, ?, ?)', 'a', 2n ** 60n, bytes))).toBe(1)
  const { columnNames, rows } = await database.queryRaw(sql('SELECT k, n, b FROM t'))
  expect([columnNames, rows]).toEqual([['k', 'n', 'b'], [['a', String(2n ** 60n), bytes]]])
})

it('commits and takes back', async () => {
  const kept = await database.startTransaction()
  await kept.executeRaw(sql('INSERT INTO t (k) VALUES (?)', 'kept'))
  await kept.commit()
  const dropped = await database.startTransaction()
  await dropped.executeRaw(sql('INSERT INTO t (k) VALUES (?)', 'dropped'))
  await dropped.rollback()
  expect(await keys()).toEqual(['kept'])
  await expect(kept.executeRaw(sql('SELECT 1'))).rejects.toThrow('no transaction')
})

it('tells an error by its kind, and goes on', async () => {
  await database.executeRaw(sql('INSERT INTO t (k) VALUES (?)', 'a'))
  const twice = database.executeRaw(sql('INSERT INTO t (k) VALUES (?)', 'a'))
  await expect(twice).rejects.toMatchObject({ name: 'DriverAdapterError', cause: { kind: 'UniqueConstraintViolation' } })
  await expect(database.queryRaw(sql('SELECT * FROM nothing'))).rejects.toMatchObject({
    cause: { kind: 'sqlite' },
  })
  expect(await keys()).toEqual(['a'])
})

it('syncs each commit to the disk, as in one thread', async () => {
  // 2 is FULL.
  expect((await database.queryRaw(sql('PRAGMA synchronous'))).rows).toEqual([['2']])
})

it('answers nothing more once it is disposed', async () => {
  await database.dispose()
  isDisposed = true
  await expect(keys()).rejects.toThrow('the database thread ended')
})

it('fails each call when the file cannot be opened', async () => {
  const nowhere = pathToFileURL(join(folder, 'no', 'such', 'folder.db')).href
  const broken = await new ThreadedSqlite({ url: nowhere, intMode: 'bigint' }).connect()
  await expect(broken.queryRaw(sql('SELECT 1'))).rejects.toThrow()
  await expect(broken.queryRaw(sql('SELECT 1'))).rejects.toThrow()
  await expect(broken.dispose()).rejects.toThrow()
})

it('lets a program end that did not dispose of it, with its answers', () => {
  const module = new URL('./threaded-sqlite.ts', import.meta.url).href
  const program = `
    import { ThreadedSqlite } from ${JSON.stringify(module)}
    const database = await new ThreadedSqlite({ url: ${JSON.stringify(url)}, intMode: 'bigint' }).connect()
    const { rows } = await database.queryRaw({ sql: 'SELECT 41 + 1', args: [], argTypes: [] })
    console.log(String(rows[0][0]))`
  const file = join(folder, 'program.mjs')
  writeFileSync(file, program)
  const { stdout, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
  expect([stdout.trim(), status]).toEqual(['42', 0])
})
