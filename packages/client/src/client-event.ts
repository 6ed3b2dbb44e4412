import type {
  FederationId,
  ParticipantId,
  Progress,
  RoundClosed,
  RoundTask,
  RunEnded,
  RunId,
  TributaryError,
} from '@tributary/protocol'

interface InRound {
  readonly run: RunId
  readonly round: number
}

/** What a participant's owner may want to know; `type` tells the data. */
export type ClientEvent =
  /** The invite was taken and the identity is saved. */
  | { readonly type: 'joined'; readonly participant: ParticipantId; readonly name: string; readonly federation: FederationId }
  /** The coordinator knows that this participant can be asked; after each reconnect again. */
  | { readonly type: 'connected'; readonly participant: ParticipantId; readonly name: string; readonly federation: FederationId }
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryInSeconds: number }
  | { readonly type: 'connectFailed'; readonly error: TributaryError; readonly retryInSeconds: number }
  /** Work on a round begins. */
  | { readonly type: 'task'; readonly task: RoundTask }
  /** At most once a second, and at the beginning of each phase. */
  | { readonly type: 'progress'; readonly progress: Progress }
  /** A download or an upload broke and is tried again. */
  | ({ readonly type: 'retry'; readonly error: TributaryError; readonly retryInSeconds: number } & InRound)
  /** The update is durable at the coordinator and counts once. */
  | ({ readonly type: 'uploaded' } & InRound & Uploaded)
  /** The coordinator did not take the update; the next task is waited for. */
  | ({ readonly type: 'refused'; readonly error: TributaryError } & InRound)
  /** This round is sat out; the coordinator is told. */
  | ({ readonly type: 'trainingFailed'; readonly error: TributaryError } & InRound)
  | ({ readonly type: 'withdrawn'; readonly error: TributaryError } & InRound)
  | ({ readonly type: 'roundClosed' } & RoundClosed)
  | ({ readonly type: 'runEnded' } & RunEnded)
  | { readonly type: 'left'; readonly reason: string }
  /** Something that was not understood (`unexpected`), or the end of the participation. */
  | { readonly type: 'error'; readonly error: TributaryError }

/** What was sent for a round. */
export interface Uploaded {
  readonly sha256: string
  readonly bytes: number
  readonly samples: number
  readonly loss: number | null
  readonly accuracy: number | null
  /** Seconds of training. */
  readonly seconds: number
  /** The coordinator had these bytes already. */
  readonly repeated: boolean
}
