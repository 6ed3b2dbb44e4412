import type { FederationId, ParticipantId, RunId } from '@tributary/protocol'
import { TributaryError } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import { maySee } from '../access/permissions.ts'
import type { Views } from '../access/view.ts'
import type { RunEngine } from '../rounds/run-engine.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { FederationRecord, RunRecord, Store } from '../storage/store.ts'

export interface RestDeps {
  store: Store
  blobs: Blobs
  engine: RunEngine
  now: () => number
  /** What each caller may know of participants. */
  views: Views
  /** A model's bytes went out to this account. */
  onModelDownload: (account: Caller, sha256: string, bytes: number) => void
}

/** @throws not_found when it is not there or not to be seen */
export async function visibleFederation({ store }: RestDeps, account: Caller, id: FederationId): Promise<FederationRecord> {
  const federation = maySee(account, id) ? await store.federation(id) : null
  if (federation === null) throw new TributaryError('not_found', { what: 'federation', id })
  return federation
}

/** @throws not_found when it is not there or not to be seen */
export async function visibleRun({ store }: RestDeps, account: Caller, id: RunId): Promise<RunRecord> {
  const run = await store.run(id)
  if (run === null || !maySee(account, run.federation)) throw new TributaryError('not_found', { what: 'run', id })
  return run
}

/** One who has left counts as well. @throws not_found when this federation never had it */
export async function requireParticipant({ store }: RestDeps, federation: FederationId, id: ParticipantId): Promise<void> {
  const participant = await store.participant(id)
  if (participant?.federation !== federation) throw new TributaryError('not_found', { what: 'participant', id })
}
