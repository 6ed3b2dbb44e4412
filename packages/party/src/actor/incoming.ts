import { openEnvelope, verifyEnvelope } from '@tributary/crypto'
import { type Content, decodeContent, type Envelope, FIRST_PREV_HASH, type Mail, TributaryError } from '@tributary/protocol'
import { unpinned } from '../identity/pinned-peers.ts'
import type { ChainLink } from '../store/mail-rows.ts'
import type { Standing } from './standing.ts'

/** A message whose signature, chain, seal and schema hold. */
export interface OpenedMail {
  readonly envelope: Envelope
  readonly sha256: string
  readonly content: Content
  /** Content as it was sealed. */
  readonly bytes: Uint8Array
}

/** What a pair's chain says to a message that claims a place in it. */
export type Place =
  | { readonly kind: 'next' }
  /** An earlier message is missing yet. */
  | { readonly kind: 'early' }
  /** The very message that was taken before. */
  | { readonly kind: 'repeated' }

/**
 * @param taken hash of the message that was taken at this place, null when none was
 * @throws TributaryError `slr_equivocation` when another message was taken at this place, or the sender's history is another one
 */
export function placeOf(
  { header: { seq, from, prevHash } }: Pick<Envelope, 'header'>,
  sha256: string,
  last: ChainLink | null,
  taken: string | null,
): Place {
  const next = (last?.seq ?? 0) + 1
  if (seq > next) return { kind: 'early' }
  if (seq < next) {
    if (taken === sha256) return { kind: 'repeated' }
    throw new TributaryError('slr_equivocation', { from, place: seq })
  }
  if (prevHash !== (last?.sha256 ?? FIRST_PREV_HASH)) throw new TributaryError('slr_equivocation', { from, place: seq - 1 })
  return { kind: 'next' }
}

/**
 * Verifies that these bytes are the announced message, by its sender, in this run, to this party. The seal stays closed.
 * @throws TributaryError `party_fingerprint_unknown`, `auth_signature`, `envelope_malformed`
 */
export function verifiedMail(
  mail: Pick<Mail, 'from' | 'sha256' | 'kind'>,
  bytes: Uint8Array,
  { keys, me, manifestSha256 }: Standing,
): { readonly envelope: Envelope; readonly sha256: string } {
  const sender = keys[mail.from]
  if (sender === undefined || mail.from === me) throw unpinned(mail.from)
  const verified = verifyEnvelope(bytes, sender)
  const { header } = verified.envelope
  // A message that was signed for another place: swapped between parties or runs on its way.
  if (header.from !== mail.from || header.to !== me || header.run !== manifestSha256)
    throw new TributaryError('auth_signature', { from: mail.from })
  // What it was announced as decides when it is looked at.
  if (verified.sha256 !== mail.sha256 || header.kind !== mail.kind)
    throw new TributaryError('envelope_malformed', { reason: 'it is not the announced message' })
  return verified
}

/** @throws TributaryError `auth_signature` when the seal does not open, `message_malformed` */
export async function openedMail(verified: { envelope: Envelope; sha256: string }, { identity }: Standing): Promise<OpenedMail> {
  const bytes = await openEnvelope(verified.envelope, identity)
  return { ...verified, bytes, content: decodeContent(verified.envelope.header.kind, bytes) }
}
