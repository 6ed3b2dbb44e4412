import type { PartyOutcome, VerticalNoticeToOwner } from '@tributary/federation'
import type { Manifest, MessageKind, Published, TributaryError, VerticalPhase } from '@tributary/protocol'

/** What a party's owner may want to know; `run` is the hub's name of a run. */
export type PartyEvent =
  /** The party has its place at the hub. */
  | { readonly type: 'registered'; readonly name: string; readonly fingerprint: string }
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryInSeconds: number }
  | { readonly type: 'retry'; readonly error: TributaryError; readonly retryInSeconds: number }
  | { readonly type: 'proposed'; readonly run: string; readonly manifest: Manifest; readonly manifestSha256: string }
  | { readonly type: 'approved'; readonly run: string; readonly manifestSha256: string }
  | { readonly type: 'refused'; readonly run: string; readonly error: TributaryError }
  /** All signatures were verified and the machine was started, or goes on after a restart. */
  | { readonly type: 'started'; readonly run: string; readonly resumed: boolean }
  | { readonly type: 'phase'; readonly run: string; readonly phase: VerticalPhase }
  | {
      readonly type: 'sent' | 'received'
      readonly run: string
      readonly peer: string
      readonly kind: MessageKind
      readonly step: number
      readonly bytes: number
    }
  /** A message was not accepted; the state is as it was. */
  | { readonly type: 'dropped'; readonly run: string; readonly from: string; readonly error: TributaryError }
  | { readonly type: 'notice'; readonly run: string; readonly notice: VerticalNoticeToOwner }
  | { readonly type: 'published'; readonly run: string; readonly event: Published }
  | { readonly type: 'done'; readonly run: string; readonly outcome: PartyOutcome }
  | { readonly type: 'ended'; readonly run: string; readonly error: TributaryError }
  /** Something that was not understood, or the end of the session. */
  | { readonly type: 'error'; readonly error: TributaryError }
