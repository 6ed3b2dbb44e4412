import type { EnvelopeHeader, Manifest, Published, TributaryError, VerticalEvent } from '@tributary/protocol'
import type { HubRunState } from './state.ts'

/** Where a directed pair of parties stands: the last message that the hub took, seq 0 and zeros before the first. */
export interface ChainHead {
  readonly seq: number
  readonly sha256: string
}

/**
 * What may happen to a vertical run at the hub. The shell has checked who calls and every signature; `by` is the caller's name.
 */
export type HubEvent =
  | {
      readonly type: 'manifestPut'
      readonly by: string
      readonly manifest: Manifest
      readonly sha256: string
      readonly signature: string
    }
  | { readonly type: 'approved'; readonly by: string; readonly manifestSha256: string; readonly signature: string }
  /** A person of this party says yes; its program signs when it is content as well. */
  | { readonly type: 'consented'; readonly by: string; readonly reason: string }
  | { readonly type: 'refused'; readonly by: string; readonly code: string; readonly reason: string }
  | {
      readonly type: 'message'
      readonly by: string
      readonly header: EnvelopeHeader
      /** SHA-256(header ‖ sealed bytes): the message's name. */
      readonly sha256: string
      readonly bytes: number
      readonly head: ChainHead
      /** Name of the message that lies at this place already. */
      readonly stored: string | null
    }
  | { readonly type: 'published'; readonly by: string; readonly seq: number; readonly event: Published }
  | { readonly type: 'aborted'; readonly by: string; readonly code: string; readonly reason: string }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string; readonly reason: string }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string }

export type HubEventType = HubEvent['type']

export interface HubStep {
  readonly state: HubRunState
  /** Durable events, written in the transaction of the state. */
  readonly log: readonly VerticalEvent[]
  /** Why nothing changed; null also when the same was done before. */
  readonly refusal: TributaryError | null
}
