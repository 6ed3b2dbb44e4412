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

/** Another process that keeps all others out of a file of the folder, until a while after it is told to let go. */
async function held(file: string): Promise<{ letGoAfter(milliseconds: number): Promise<unknown> }> {
  const program = `
    import Database from ${JSON.stringify(import.meta.resolve('libsql'))}
    const db = new Database(process.argv[1])
    db.exec('BEGIN EXCLUSIVE')
    console.log('held')
    process.stdin.once('data', (wait) => setTimeout(() => process.exit(), Number(wait)))`
  const argv = ['--input-type=module', '-e', program, join(folder, file)]
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  await once(child.stdout, 'data')
  return {
    letGoAfter: (milliseconds) => {
      child.stdin.write(String(milliseconds))
      return gone
    },
  }
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
  const other = await held('party.sqlite')
  const began = performance.now()
  const gone = other.letGoAfter(700)
  const db = new PartyDatabase(folder)
  expect(performance.now() - began).toBeGreaterThan(500)
  db.close()
  await gone
})

it('does not wait for another that holds the folder', async () => {
  const other = await held('party.lock')
  const began = performance.now()
  expect(() => new PartyDatabase(folder)).toThrow(/another process uses/)
  expect(performance.now() - began).toBeLessThan(1_000)
  await other.letGoAfter(0)
})
