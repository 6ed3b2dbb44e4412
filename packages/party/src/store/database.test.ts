import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

it('waits for whoever held the folder before and is still closing', async () => {
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
