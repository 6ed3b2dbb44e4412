import type { Dataset } from '@tributary/data'
import type { Evaluation } from '@tributary/models'
import type { FederationId, ModelConfig, ParticipantId } from '@tributary/protocol'
import type { ClientEvent } from './client-event.ts'
import type { Fetch } from './http/exchange.ts'
import type { IdentityStore } from './identity/identity.ts'
import type { Clock } from './timing/clock.ts'
import type { Trainer } from './trainer.ts'

/** How to join, on any platform. */
export interface CoreJoinOptions {
  /** The coordinator's address. */
  readonly url: string
  /** Invite code, for the first start. Later starts use the saved identity, also when the code is given again. */
  readonly invite?: string | undefined
  /** Or the participant's own token; then nothing is saved. */
  readonly token?: string | undefined
  /** The participant's name; needed with an invite, and where several identities are saved. */
  readonly name?: string | undefined
  /**
   * Seconds that a coordinator which does not answer is asked to join by the invite, e.g. 60; default: for ever. Once joined, the
   * coordinator is always tried for ever.
   */
  readonly firstContactSeconds?: number | undefined
  /** Local rows. They are held once and never sent. */
  readonly data: Dataset | (() => Promise<Dataset>)
  /** Where the identity outlives the process. */
  readonly identity: IdentityStore
  /** Default: the trainer of @tributary/models on the fastest backend. */
  readonly trainer?: Trainer | undefined
  /** Share of the rows (0 < share < 1) kept out of training, for the accuracy in the update's report. */
  readonly holdOut?: number | undefined
  readonly onEvent?: ((event: ClientEvent) => void) | undefined
  /** Aborting closes the participation, as close() does. */
  readonly signal?: AbortSignal | undefined
  readonly fetch?: Fetch | undefined
  readonly clock?: Clock | undefined
}

export interface Participation {
  readonly participant: { readonly id: ParticipantId; readonly name: string; readonly federation: FederationId }
  /** What training computes on; `injected` for a trainer of the caller's. */
  readonly backend: string
  /** Resolves after leave, close or the abort of the signal; rejects with a TributaryError that retrying cannot mend. */
  readonly done: Promise<void>
  /**
   * Tells the coordinator, closes, and removes the saved identity.
   * @throws TributaryError `unreachable` or the coordinator's refusal when it could not be told: the participant stays in and goes on
   */
  leave(reason?: string): Promise<void>
  /**
   * A model by its hash, checked.
   * @throws TributaryError the coordinator's refusal; the signal's reason, or an AbortError, once the participation has ended
   */
  model(sha256: string): Promise<Uint8Array<ArrayBuffer>>
  /** What such a model is worth on the rows held out; null without any. @throws as model */
  score(config: ModelConfig, sha256: string): Promise<Evaluation | null>
  /** Disconnects without leaving: the saved identity stays valid. */
  close(): Promise<void>
}
