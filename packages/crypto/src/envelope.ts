import { hexToBytes } from '@noble/hashes/utils.js'
import {
  createSha256,
  type Envelope,
  type EnvelopeHeader,
  type PartyKeys,
  readEnvelope,
  TributaryError,
  VERTICAL_PROTOCOL,
  writeEnvelope,
} from '@tributary/protocol'
import { fromBase64url } from './base64url.ts'
import { canonicalJson } from './canonical-json.ts'
import { HPKE_ENCAPSULATED_BYTES, HPKE_TAG_BYTES, hpkeOpen, hpkeSeal } from './hpke.ts'
import { type SecretIdentity, sign, verifyRaw } from './identity.ts'

/*
 * Sealed mail. Who learns what: the receiver the content; the hub and whoever sees the bytes the header and the size; nobody can
 * alter either without the sender's key. Replay and order are the receiver's and the hub's matter (seq and prevHash of the header).
 */

/** Version of the seal; one key pair never serves two meanings of the same bytes. */
const INFO = new TextEncoder().encode(VERTICAL_PROTOCOL)

/** What an envelope's signature is over: SHA-256(header ‖ sealed bytes), 32 bytes. */
const digestOf = (headerBytes: Uint8Array, sealed: Uint8Array): Uint8Array =>
  hexToBytes(createSha256().update(headerBytes).update(sealed).hex())

export interface SealedEnvelope {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of the bytes, hex: the next header's `prevHash`. */
  readonly sha256: string
}

/**
 * Seals content to its receiver by HPKE (RFC 9180) with the header as associated data and signs both. Every call gives other bytes:
 * store what was sent and send that again.
 * @throws Error when `to.sealing` is no X25519 key
 */
export async function sealEnvelope(o: {
  header: EnvelopeHeader
  content: Uint8Array
  from: SecretIdentity
  to: PartyKeys
}): Promise<SealedEnvelope> {
  const headerBytes = new TextEncoder().encode(canonicalJson(o.header))
  const to = keyBytes(o.to.sealing)
  const sealed = await hpkeSeal(o.content, { to, info: INFO, associated: headerBytes })
  const signature = keyBytes(sign(o.from, digestOf(headerBytes, sealed)), 64)
  const bytes = writeEnvelope({ headerBytes, signature, sealed })
  return { bytes, sha256: createSha256().update(bytes).hex() }
}

/**
 * Reads an envelope and checks its signature without opening it, as the hub does. The header must be the canonical JSON of itself.
 * @param from keys of the party that the header names as sender; the caller looks them up
 * @throws TributaryError `envelope_malformed`, `auth_signature`
 */
export function verifyEnvelope(bytes: Uint8Array, from: PartyKeys): { envelope: Envelope; sha256: string } {
  const envelope = readEnvelope(bytes)
  const { header, headerBytes, signature, sealed } = envelope
  if (new TextDecoder().decode(headerBytes) !== canonicalJson(header)) {
    throw new TributaryError('envelope_malformed', { reason: 'its header is not in canonical form' })
  }
  if (sealed.length < HPKE_ENCAPSULATED_BYTES + HPKE_TAG_BYTES) {
    throw new TributaryError('envelope_malformed', { reason: `its sealed part has ${sealed.length} bytes` })
  }
  if (!verifyRaw(from, digestOf(headerBytes, sealed), signature)) {
    throw new TributaryError('auth_signature', { from: header.from })
  }
  return { envelope, sha256: createSha256().update(bytes).hex() }
}

/**
 * The content of an envelope whose signature was verified.
 * @throws TributaryError `auth_signature` when the seal is not to this receiver, or not under this header
 */
export async function openEnvelope(
  { header, headerBytes, sealed }: Envelope,
  to: SecretIdentity,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await hpkeOpen(sealed, { by: to.sealing, info: INFO, associated: headerBytes })
  } catch (cause) {
    throw new TributaryError('auth_signature', { from: header.from }, { cause })
  }
}

function keyBytes(text: string, length = 32): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text, length)
  if (bytes === null) throw new TypeError(`expected ${length} bytes as base64url`)
  return bytes
}
