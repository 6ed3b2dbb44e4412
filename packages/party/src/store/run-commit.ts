import type { PartyOutcome, ToldLine } from '@tributary/federation'
import type { AuditEntry, ErrorBody, MessageKind, Publish, SignedHead } from '@tributary/protocol'
import type { KeptBlob } from '../jobs/job-runner.ts'

/** A message as it was received; its content is kept only while the machine refers to it. */
export interface ReceivedMail {
  readonly cursor: number
  readonly sender: string
  readonly seq: number
  readonly sha256: string
  readonly kind: MessageKind
  readonly step: number
  /** Opened content; null when there is no bulk to come back to. */
  readonly content: Uint8Array | null
  /** Code, when the machine or a check did not accept it. */
  readonly refusal: string | null
  /** Heads of the key service's log that it shows. */
  readonly heads: readonly SignedHead[]
  /** Receipts of own openings. */
  readonly receipts: readonly AuditEntry[]
  /** What the key service said of lines of its log. */
  readonly told: readonly ToldLine[]
}

/** A message exactly as it goes out; it never changes again. */
export interface OutgoingMail {
  readonly receiver: string
  readonly seq: number
  readonly sha256: string
  readonly kind: MessageKind
  readonly step: number
  readonly bytes: Uint8Array
}

/** Everything that one event changes; durable as a whole, or not at all. */
export interface RunCommit {
  /** The machine's state as JSON. */
  readonly state: string
  readonly received: ReceivedMail | null
  readonly outgoing: readonly OutgoingMail[]
  readonly keep: readonly KeptBlob[]
  readonly forgetBlobs: readonly string[]
  readonly forgetMessages: readonly string[]
  readonly audit: readonly AuditEntry[]
  readonly publish: readonly Publish[]
  readonly outcome: PartyOutcome | null
  readonly ended: { readonly error: ErrorBody; readonly announce: boolean } | null
}

export const EMPTY_COMMIT: Omit<RunCommit, 'state'> = {
  received: null,
  outgoing: [],
  keep: [],
  forgetBlobs: [],
  forgetMessages: [],
  audit: [],
  publish: [],
  outcome: null,
  ended: null,
}

/** Whether a commit holds nothing but a state. */
export const isStateAlone = (commit: RunCommit): boolean =>
  commit.received === null &&
  commit.outcome === null &&
  commit.ended === null &&
  [commit.outgoing, commit.keep, commit.forgetBlobs, commit.forgetMessages, commit.audit, commit.publish].every(
    ({ length }) => length === 0,
  )
