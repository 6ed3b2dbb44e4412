import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PartyDatabase } from './database.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-party-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Another process that keeps all others out of a file of the folder, for a while. */
async function held(file: string, milliseconds: number): Promise<{ gone: Promise<unknown> }> {
  const program = `
    import Database from ${JSON.stringify(import.meta.resolve('libsql'))}
    const db = new Database(process.argv[1])
    db.exec('BEGIN EXCLUSIVE')
    console.log('held')
    setTimeout(() => db.exec('ROLLBACK'), Number(process.argv[2]))`
  const argv = ['--input-type=module', '-e', program, join(folder, file), `${milliseconds}`]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  await once(child.stdout, 'data')
  return { gone }
}

it('is one file when it is closed, however many statements it was asked', () => {
  const db = new PartyDatabase(folder)
  db.change('INSERT INTO meta (name, value) VALUES (?, ?)', 'word', new Uint8Array([7, 8]))
  expect(db.blob('SELECT value FROM meta WHERE name = ?', 'word')).toEqual(new Uint8Array([7, 8]))
  expect(readdirSync(folder)).toContain('party.sqlite-wal')
  db.close()
  expect(readdirSync(folder).sort()).toEqual(['party.lock', 'party.sqlite'])

  copyFileSync(join(folder, 'party.sqlite'), join(folder, 'copy'))
  const copy = new Database(join(folder, 'copy'))
  expect(copy.prepare('SELECT length(value) AS length FROM meta').get()).toMatchObject({ length: 2 })
  copy.close()
})

it('waits for whoever reads or writes the file without holding the folder', async () => {
  const { gone } = await held('party.sqlite', 700)
  const began = performance.now()
  const db = new PartyDatabase(folder)
  expect(performance.now() - began).toBeGreaterThan(100)
  db.close()
  await gone
})

it('does not wait for another that holds the folder', async () => {
  const { gone } = await held('party.lock', 2_000)
  const began = performance.now()
  expect(() => new PartyDatabase(folder)).toThrow(/another process uses/)
  expect(performance.now() - began).toBeLessThan(1_000)
  await gone
})
