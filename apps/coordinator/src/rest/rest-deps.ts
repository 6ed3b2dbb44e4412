import type { FederationId, RunId } from '@tributary/protocol'
import { TributaryError } from '@tributary/protocol'
import { maySee } from '../access/permissions.ts'
import type { RunEngine } from '../rounds/run-engine.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { AccountRecord, FederationRecord, RunRecord, Store } from '../storage/store.ts'

export interface RestDeps {
  store: Store
  blobs: Blobs
  engine: RunEngine
  now: () => number
  /** A model's bytes went out to this account. */
  onModelDownload: (account: AccountRecord, sha256: string, bytes: number) => void
}

/** @throws not_found when it is not there or not to be seen */
export async function visibleFederation(
  { store }: RestDeps,
  account: AccountRecord,
  id: FederationId,
): Promise<FederationRecord> {
  const federation = maySee(account, id) ? await store.federation(id) : null
  if (federation === null) throw new TributaryError('not_found', { what: 'federation', id })
  return federation
}

/** @throws not_found when it is not there or not to be seen */
export async function visibleRun({ store }: RestDeps, account: AccountRecord, id: RunId): Promise<RunRecord> {
  const run = await store.run(id)
  if (run === null || !maySee(account, run.federation)) throw new TributaryError('not_found', { what: 'run', id })
  return run
}
