import type { PartyOutcome } from '@tributary/federation'
import type { HubLink } from '../hub/hub-link.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import type { PartyEvent } from '../node/party-event.ts'
import type { RunStore } from '../store/run-store.ts'
import type { PartyTable } from '../table/party-table.ts'
import type { Machine } from './machine.ts'
import type { Standing } from './standing.ts'

export interface RunActorOptions<State> {
  readonly standing: Standing
  readonly machine: Machine<State>
  readonly store: RunStore
  /** Calls are repeated until they are answered; see persistentHub. */
  readonly hub: HubLink
  readonly jobs: JobRunner
  readonly table: PartyTable | null
  readonly emit: (event: PartyEvent) => void
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/** Who ended a run, and why. */
export interface Ending {
  readonly by: string
  readonly reason: string
  /** The catalogue's code, when whoever ended it named one. */
  readonly code: string | null
}

/** One run of a party, alive until it is closed; also after it is done, for predictions. */
export interface RunActor {
  /** Resolves when the machine has finished; rejects with the reason of its end. */
  readonly outcome: Promise<PartyOutcome>
  /** New mail may be there. */
  wake(): void
  setPaused(paused: boolean): void
  /** Somebody else ended the run. */
  cancelled(ending: Ending): void
  abort(reason: string): Promise<void>
  predict(rows: readonly number[]): Promise<readonly number[]>
  /** Ends after the event at hand; the next start goes on from the store. */
  close(): Promise<void>
}
