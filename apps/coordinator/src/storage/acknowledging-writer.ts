// A process to be killed: commits steps without end and says each on stdout after the store has acknowledged it.
import { writeSync } from 'node:fs'
import type { RunId } from '@tributary/protocol'
import { createStore } from './create-store.ts'
import type { RunCommit } from './store.ts'
import { someEvent, someFederation, someRun } from './store-fixtures.ts'

const [dataDir, known] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: acknowledging-writer.ts DATA_DIR [RUN]')
const store = await createStore({ dataDir })
const acknowledge = (run: RunId, headSeq: number) => writeSync(1, `${JSON.stringify({ run, headSeq })}\n`)

let run = known === undefined ? null : await store.run(known as RunId)
if (run === null) {
  const federation = someFederation()
  await store.createFederation(federation)
  run = await store.createRun(someRun(federation.id))
  acknowledge(run.id, run.headSeq)
}
for (;;) {
  const step: RunCommit = {
    run: run.id,
    expectedVersion: run.version,
    at: new Date(),
    events: [someEvent(run.headSeq)],
    bytesUp: 10,
  }
  run = (await store.commitRun(step)).run
  acknowledge(run.id, run.headSeq)
}
