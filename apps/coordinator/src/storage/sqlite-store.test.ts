import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RunId } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { createStore } from './create-store.ts'
import { runStoreContract } from './store-contract.ts'
import { someFederation } from './store-fixtures.ts'

// Signs that a URL would read its own way.
const folder = () => mkdtempSync(join(tmpdir(), 'tributary store #%20?-'))

runStoreContract('SQLite', async () => {
  const dataDir = folder()
  return {
    store: await createStore({ dataDir }),
    reopen: () => createStore({ dataDir }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  }
})

describe('SQLite file', () => {
  it('loses nothing that was acknowledged when its process is killed', async () => {
    const dataDir = folder()
    const writer = fileURLToPath(new URL('./acknowledging-writer.ts', import.meta.url))
    // Several deaths of the same file; each at another place of a transaction.
    let run: RunId | undefined
    let acknowledged = 0
    for (const enough of [10, 15, 20]) {
      const child = spawn(process.execPath, [writer, dataDir, ...(run ? [run] : [])], { stdio: ['ignore', 'pipe', 'inherit'] })
      let count = 0
      for await (const line of createInterface({ input: child.stdout })) {
        const message = JSON.parse(line) as { run: RunId; headSeq: number }
        run = message.run
        acknowledged = message.headSeq
        count += 1
        if (count === enough) child.kill('SIGKILL')
      }
      if (child.signalCode === null && child.exitCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')
      if (run === undefined) throw new Error('nothing was acknowledged')
      const store = await createStore({ dataDir })
      const after = await store.run(run)
      const events = await store.events(run, { after: 0, limit: 10_000 })
      expect(events.length).toBeGreaterThanOrEqual(acknowledged)
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
      // Whole or not at all: the run's own account and the events agree.
      expect(after).toMatchObject({ headSeq: events.length, version: events.length, bytesUp: 10 * (events.length - 1) })
      await store.close()
    }
    rmSync(dataDir, { recursive: true })
  }, 120_000)

  it('waits for another process that is writing', async () => {
    const dataDir = folder()
    const [one, other] = [await createStore({ dataDir }), await createStore({ dataDir })]
    const work = [one, other].flatMap((store) => Array.from({ length: 20 }, () => store.createFederation(someFederation())))
    await Promise.all(work)
    expect(await one.federations()).toHaveLength(40)
    await one.close()
    await other.close()
    rmSync(dataDir, { recursive: true })
  })
})
