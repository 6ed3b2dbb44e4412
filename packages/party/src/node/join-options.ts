import type { Clock, Fetch, IdentityStore } from '@tributary/client'
import type { Manifest, VerticalRun } from '@tributary/protocol'
import type { PinnedPeers } from '../identity/pinned-peers.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import type { StateLock } from '../store/state-lock.ts'
import type { TableOptions } from '../table/read-party-table.ts'
import type { OwnersAnswer } from './agreement.ts'
import type { PartyEvent } from './party-event.ts'

export type JoinVerticalOptions = StateLock & JoinVerticalSettings

export interface JoinVerticalSettings extends TableOptions {
  /** The coordinator's address. */
  readonly url: string
  /** Invite code, for the first start. */
  readonly invite?: string | undefined
  readonly name: string
  readonly role: 'feature' | 'label'
  /** Fingerprints by name, or the path of a JSON file of them. */
  readonly peers: PinnedPeers | string
  /** One folder for each party, used by one process at a time. */
  readonly stateDir: string
  /** Asked after all checks have passed; false refuses the run, null leaves it open until there is news of it. */
  readonly approve: (manifest: Manifest, run: VerticalRun) => OwnersAnswer | Promise<OwnersAnswer>
  readonly onEvent?: ((event: PartyEvent) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Where the hub's credential is kept; default: encrypted in stateDir. */
  readonly membership?: IdentityStore | undefined
  /** Seconds that an unanswered first join is repeated; without it, for ever. */
  readonly firstContactSeconds?: number | undefined
  readonly fetch?: Fetch | undefined
  readonly clock?: Clock | undefined
  /** Default: worker threads of its own. */
  readonly jobs?: JobRunner | undefined
}
