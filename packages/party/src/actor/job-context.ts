import type { PreparedTable } from '@tributary/federation'
import { decodeContent } from '@tributary/protocol'
import { type JobContext, MissingBulk } from '../jobs/job-runner.ts'
import type { RunStore } from '../store/run-store.ts'
import type { PartyTable } from '../table/party-table.ts'
import type { Standing } from './standing.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** What a job may look at: bulk comes from the store, by hash or by name. */
export const jobContext = (
  { runId, me, manifest }: Standing,
  store: RunStore,
  raw: PartyTable | null,
  prepared: PreparedTable | null,
): JobContext => ({
  runId,
  me,
  manifest,
  raw,
  prepared,
  read(ref) {
    if (!SHA256.test(ref)) return store.blob(ref)
    const kind = store.messageKind(ref)
    if (kind === null) throw new MissingBulk(ref)
    return decodeContent(kind, store.message(ref)).parts
  },
})
