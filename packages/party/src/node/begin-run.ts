import type { SecretIdentity } from '@tributary/crypto'
import { TributaryError, type VerticalRun } from '@tributary/protocol'
import { announceEnd } from '../actor/announce-end.ts'
import type { Machine } from '../actor/machine.ts'
import { startRunActor } from '../actor/run-actor.ts'
import type { RunActor } from '../actor/run-actor-options.ts'
import type { HubLink } from '../hub/hub-link.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import type { PartyStore } from '../store/party-store.ts'
import { tableSha256 } from '../table/aligned-table.ts'
import type { PartyTable } from '../table/party-table.ts'
import type { AwaitedOutcomes } from './awaited-outcomes.ts'
import { requireAllSignatures } from './manifest-signature.ts'
import type { PartyEvent } from './party-event.ts'
import { endErrorOf } from './run-ending.ts'

export interface BeginRunOptions<State> {
  readonly hub: HubLink
  readonly store: PartyStore
  readonly identity: SecretIdentity
  readonly machine: Machine<State>
  readonly jobs: JobRunner
  readonly table: PartyTable | null
  readonly outcomes: AwaitedOutcomes
  readonly emit: (event: PartyEvent) => void
  readonly now?: (() => number) | undefined
}

/**
 * Starts a run that all have signed, from the store or new, after every check of what was signed.
 * @returns null when there is none to start: it is over
 * @throws TributaryError `manifest_mismatch`, `auth_signature` (the run is ended for everybody), `config_invalid`
 */
export async function beginRun<State>(run: VerticalRun, options: BeginRunOptions<State>): Promise<RunActor | null> {
  const { hub, store, identity, machine, jobs, table, outcomes, emit, now } = options
  const { id, phase } = run
  const runStore = store.run(id)
  const ended = runStore.ended()
  if (ended !== null) {
    outcomes.of(id).reject(TributaryError.fromBody(ended.error))
    // It may have ended by a version that left it there.
    runStore.forgetWork()
    await announceEnd(runStore, hub, null)
    return null
  }
  const isKnown = runStore.state() !== null
  if (phase === 'aborted' && !isKnown) {
    outcomes.of(id).reject(endErrorOf(run))
    return null
  }
  if (phase === 'completed' && !isKnown) return null
  const decided = store.decision(id)
  if (decided?.decision !== 'approved')
    throw new TributaryError('manifest_mismatch', { reason: `${hub.name} has not approved it` })
  const { manifest, manifestSha256, keys, tableSha256: tableThen } = decided.charter
  if (run.manifestSha256 !== manifestSha256)
    throw new TributaryError('manifest_mismatch', { reason: `${hub.name} has approved another one` })
  if (!isKnown) await orAbort(hub, id, () => requireAllSignatures(run, manifest, keys, manifestSha256))
  if (table !== null && !runStore.hasBlob('table') && tableSha256(table) !== tableThen)
    throw new TributaryError('config_invalid', { setting: 'table', reason: `the run ${id} was approved with another table` })
  const standing = { runId: id, me: hub.name, identity, manifest, manifestSha256, keys }
  const actor = startRunActor({ standing, machine, store: runStore, hub, jobs, table, emit, now })
  const outcome = outcomes.of(id)
  actor.outcome.then(outcome.resolve, outcome.reject)
  return actor
}

async function orAbort(hub: HubLink, run: string, check: () => void): Promise<void> {
  try {
    check()
  } catch (error) {
    if (error instanceof TributaryError) await hub.abort(run, { code: error.code, reason: error.message })
    throw error
  }
}
