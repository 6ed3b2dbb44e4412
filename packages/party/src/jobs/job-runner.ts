import type { Job, JobResult, MessageRef, PreparedTable } from '@tributary/federation'
import type { Manifest } from '@tributary/protocol'
import type { PartyTable } from '../table/party-table.ts'

/** What a job may look at. */
export interface JobContext {
  /** The hub's name of the run. */
  readonly runId: string
  readonly me: string
  readonly manifest: Manifest
  /** Own rows; null at the key service. */
  readonly raw: PartyTable | null
  /** null until `prepare` is done. */
  readonly prepared: PreparedTable | null
  /** Parts of a received message (by its hash) or of a kept blob (by its name). @throws MissingBulk */
  read(ref: MessageRef): readonly Uint8Array[]
}

/** A blob to be persisted in the same transaction as the result. */
export interface KeptBlob {
  readonly blob: string
  readonly parts: readonly Uint8Array[]
}

export interface JobOutput {
  readonly result: JobResult
  readonly keep: readonly KeptBlob[]
}

/** Runs jobs off the actor's thread. */
export interface JobRunner {
  /** @throws TributaryError what the machine is told by `jobFailed`; MissingBulk when a blob or message is gone */
  run(job: Job, context: JobContext): Promise<JobOutput>
  /** Frees what is cached for a party's run. */
  forget(run: Pick<JobContext, 'runId' | 'me'>): Promise<void>
  close(): Promise<void>
}

/** A blob or message that the store does not have, or cannot open. */
export class MissingBulk extends Error {
  override readonly name = 'MissingBulk'
  readonly ref: MessageRef

  constructor(ref: MessageRef, options?: ErrorOptions) {
    super(`${ref} is not in the store`, options)
    this.ref = ref
  }
}
