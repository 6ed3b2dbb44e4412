import type { CreateRun, FederationId, ParticipantId, RunAction, RunId } from '@tributary/protocol'
import type { RunRecord } from '../storage/store.ts'

/** Who is connected. Lives in memory: a restart begins with nobody, and the clients come back by themselves. */
export interface Presence {
  online(federation: FederationId): Pick<ReadonlySet<ParticipantId>, 'has' | 'size'>
}

/** What the HTTP routes may do to runs; everything else happens to them by sockets, uploads and time. */
export interface RunEngine {
  readonly presence: Presence
  /** Stores the run with its first model and, unless told otherwise, starts it. */
  create(federation: FederationId, request: CreateRun, by: string): Promise<RunRecord>
  /**
   * Does an action once for each idempotency key; the same key with the same action answers as before.
   * @throws TributaryError not_found, action_not_allowed, idempotency_key_reused
   */
  act(run: RunId, action: RunAction, by: string): Promise<RunRecord>
  /**
   * Somebody has left for good: rounds do not wait for it any more. It cannot say so again: what the database keeps from being written
   * is written behind its back.
   */
  participantLeft(federation: FederationId, participant: ParticipantId, reason: string): Promise<void>
  /** Does what failed once more, behind the caller's back, until it is done or this is closed. @throws error when it is a refusal */
  later(error: unknown, what: string, work: () => Promise<unknown>): void
}
