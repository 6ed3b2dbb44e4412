import type { ErrorBody, ParticipantId, RunEvent, TributaryError } from '@tributary/protocol'
import type { Member, OpenRound, RoundMember, RunState, StoredUpdate } from './state.ts'

/** Everything that can happen to a run. Each may come twice, late or out of order. */
export type MachineEvent =
  | { readonly type: 'start'; readonly by: string; readonly reason: string }
  /** Somebody became eligible: connected and ready. */
  | { readonly type: 'available' }
  /** Time went by: deadlines are looked at. */
  | { readonly type: 'tick' }
  | { readonly type: 'downloaded'; readonly round: number; readonly participant: ParticipantId; readonly bytes: number }
  /** Validated and on disk, not yet acknowledged. */
  | { readonly type: 'updateStored'; readonly round: number; readonly participant: ParticipantId; readonly update: StoredUpdate }
  | { readonly type: 'updateRefused'; readonly round: number; readonly participant: ParticipantId; readonly error: ErrorBody }
  | { readonly type: 'trainingFailed'; readonly round: number; readonly participant: ParticipantId; readonly reason: string }
  | { readonly type: 'left'; readonly participant: ParticipantId; readonly reason: string }
  | { readonly type: 'aggregated'; readonly round: number; readonly sha256: string }
  | { readonly type: 'aggregationFailed'; readonly round: number; readonly error: TributaryError }
  | { readonly type: 'evaluated'; readonly round: number; readonly metrics: Readonly<Record<string, number>> }
  | { readonly type: 'evaluationFailed'; readonly round: number; readonly error: TributaryError }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string; readonly reason: string }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string }
  | { readonly type: 'extend'; readonly by: string; readonly reason: string; readonly seconds: number }
  | { readonly type: 'exclude'; readonly by: string; readonly reason: string; readonly participant: ParticipantId }

export type MachineEventType = MachineEvent['type']

/** What the world is like at the event. The machine asks no clock and no socket. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Participants of the federation that are connected and ready, in any order. */
  readonly eligible: readonly Member[]
  /** Who is connected, ready or not. */
  readonly online: Pick<ReadonlySet<ParticipantId>, 'has'>
  /** When the connection of those that are not connected ended, as far as it was seen. Milliseconds since the epoch. */
  readonly lostAt: ReadonlyMap<ParticipantId, number>
}

/** What the shell must do after the state is durable. Each may be done twice. */
export type Effect =
  /** Tell these members of their task in the open round. */
  | { readonly type: 'assign'; readonly round: number; readonly members: readonly RoundMember[] }
  /** Tell these members that their task is void, and why. */
  | { readonly type: 'withdraw'; readonly round: number; readonly members: readonly Member[]; readonly error: TributaryError }
  /** Fold what can be folded: see foldPlan. */
  | { readonly type: 'fold'; readonly open: OpenRound }
  /** Finish the sum, store the new model, answer with aggregated or aggregationFailed. */
  | { readonly type: 'aggregate'; readonly open: OpenRound }
  /** Measure the model, answer with evaluated (no metrics where there is no test set) or evaluationFailed. */
  | { readonly type: 'evaluate'; readonly round: number; readonly modelSha256: string }
  | {
      readonly type: 'roundClosed'
      readonly open: OpenRound
      readonly modelSha256: string
      readonly metrics: Readonly<Record<string, number>>
    }
  | { readonly type: 'ended'; readonly state: RunState }
  /** Send `tick` at this time; replaces the time set before, null clears it. */
  | { readonly type: 'wake'; readonly at: number | null }

export interface Transition {
  /** The same object when nothing changed. */
  readonly state: RunState
  readonly effects: readonly Effect[]
  /** For the durable event log, written in the transaction that stores the state. */
  readonly log: readonly RunEvent[]
  /** Why the event was not taken; null when it was, or when it was a harmless repetition. */
  readonly refusal: TributaryError | null
}
