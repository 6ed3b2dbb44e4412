import type {
  AuditEntry,
  Content,
  EnvelopeHeader,
  ErrorBody,
  Manifest,
  MessageKind,
  Published,
  ShareName,
  TributaryError,
} from '@tributary/protocol'
import type { Job, JobResult, MessageRef, PreparedTable } from './jobs.ts'

/**
 * Both machines of a vertical run (a party's and the key service's) are pure: (state, event, surroundings) → (state, effects).
 * The shell persists the new state, everything that is to be sent and every audit entry in one transaction, only then runs the
 * effects, and never changes what it persisted ("persist, then send, then never change").
 */
export type VerticalMachineEvent =
  /** The manifest is signed by all; also the first event. */
  | { readonly type: 'begin' }
  /** Signature, membership, order and schema were checked by the shell; the seal is open. */
  | {
      readonly type: 'message'
      readonly from: string
      readonly step: number
      readonly ref: MessageRef
      /** Body with the lengths of its parts; bytes are reached by `ref`. */
      readonly content: {
        readonly kind: MessageKind
        readonly body: Content['body']
        readonly partBytes: readonly number[]
        /**
         * SHA-256 over the parts of a `step-key` in order, as received: a party compares keys by what it holds, not by what it is told.
         * null of every other kind.
         */
        readonly partsSha256: string | null
      }
    }
  | { readonly type: 'jobDone'; readonly job: string; readonly result: JobResult }
  | { readonly type: 'jobFailed'; readonly job: string; readonly error: ErrorBody }
  | { readonly type: 'tick' }
  /** The hub says that the run was paused, goes on, or was cancelled. */
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  /** `code`: the catalogue's, when whoever ended it named one. */
  | { readonly type: 'cancelled'; readonly by: string; readonly reason: string; readonly code?: string | null }
  /** This party's own operator ends the run; `error`: its program does, since it cannot go on. */
  | { readonly type: 'abort'; readonly reason: string; readonly error?: ErrorBody }
  /** Receiver of predictions: asks for these aligned rows after the run is done. */
  | { readonly type: 'predict'; readonly request: string; readonly rows: readonly number[] }
  /** The shell found that a blob it must have is gone (key service: the step's key, see `key_lost`). */
  | { readonly type: 'lost'; readonly blob: string }

export type VerticalEffect =
  | {
      readonly type: 'send'
      readonly to: readonly string[]
      readonly step: EnvelopeHeader['step']
      readonly content: Content
    }
  /** Starts a job; its result comes back as jobDone with this id. After a restart `recoveryEffects` asks again. */
  | { readonly type: 'job'; readonly id: string; readonly job: Job }
  /** Binary result that later jobs need, kept encrypted at rest under a name in this run. */
  | { readonly type: 'keep'; readonly blob: string; readonly parts: readonly Uint8Array[] }
  /** Overwritten and deleted when the state is durable: blobs by name, messages by ref. */
  | { readonly type: 'forget'; readonly blobs: readonly string[]; readonly messages: readonly MessageRef[] }
  /** Key service only: appended in the same transaction. The entries are computed by the machine with `surroundings.sign`. */
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  /** Key service only: told to the hub for everybody. */
  | { readonly type: 'publish'; readonly event: Published }
  | { readonly type: 'wake'; readonly at: number | null }
  /** For this party's own screen. */
  | { readonly type: 'tell'; readonly notice: VerticalNoticeToOwner }
  | { readonly type: 'finish'; readonly outcome: PartyOutcome }
  /** The run is over for this party; the hub is told the code and reason too when `announce`. */
  | { readonly type: 'end'; readonly error: TributaryError; readonly announce: boolean }

export type VerticalNoticeToOwner =
  | { readonly kind: 'aligned'; readonly rows: number }
  | { readonly kind: 'column_constant'; readonly columns: readonly string[] }
  | { readonly kind: 'leverage'; readonly row: number; readonly leverage: number }
  /**
   * Why the run ended here, with the details of the own table that nobody else is told; with a `request`, why that prediction does not
   * come, though the run stays done.
   */
  | { readonly kind: 'failure'; readonly error: ErrorBody; readonly request?: string }
  | { readonly kind: 'step'; readonly step: number; readonly f: number | null; readonly closing: boolean }
  | {
      readonly kind: 'prediction'
      readonly request: string
      readonly rows: readonly number[]
      readonly values: readonly number[]
    }

/** What a party keeps of a run that is done: its own weights, nobody else's. */
export interface PartyOutcome {
  readonly converged: boolean
  readonly names: readonly string[]
  /** w_j in units of the standardised columns (and of the standardised label, or of 2y). */
  readonly weights: readonly number[]
  readonly means: readonly number[]
  readonly deviations: readonly number[]
  readonly dropped: readonly string[]
  /** Label party: mean of the label (2y for logistic), else null. */
  readonly intercept: number | null
  readonly labelDeviation: number | null
  readonly f: number
  readonly loss: number
  readonly steps: number
}

/** What a step may look at besides its state; the same values give the same step. */
export interface VerticalSurroundings {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly me: string
  readonly manifest: Manifest
  /** SHA-256 of the manifest's canonical JSON. */
  readonly run: string
  /** null until `prepare` is done; rebuilt from blob `table` after a restart. */
  readonly table: PreparedTable | null
  /** Ed25519 by this party's identity, base64url; deterministic. */
  sign(bytes: Uint8Array): string
  /** Verifies another party's signature by its pinned key. */
  verify(party: string, bytes: Uint8Array, signature: string): boolean
  /** SHA-256(prev ‖ canonical JSON of the record), hex. */
  auditHash(prev: string, record: unknown): string
  /** Both parties of a pair get the same 64 bits: HKDF(X25519, run ‖ step ‖ kind). Shares add it (lower name) or subtract it. */
  pairMask(peer: string, step: number, kind: ShareName | `predict:${string}`): bigint
}

export interface VerticalTransition<State> {
  readonly state: State
  readonly effects: readonly VerticalEffect[]
  /** The event was refused (late, repeated, out of place); the state is as it was. */
  readonly refusal?: TributaryError
}
