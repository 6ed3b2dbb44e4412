import { z } from 'zod'
import { TributaryError } from '../errors/tributary-error.ts'
import { participantNameSchema } from '../ids.ts'
import { sha256Schema } from '../sha256.ts'
import { messageKindSchema } from './messages.ts'
import { VERTICAL_PROTOCOL } from './parties.ts'

/** Header of a sealed message; it is the associated data of the seal. `seq` and `prevHash` chain each directed pair of parties. */
export const envelopeHeaderSchema = z.strictObject({
  proto: z.literal(VERTICAL_PROTOCOL),
  /** Hash of the manifest. */
  run: sha256Schema,
  step: z.int().min(0).max(1_000),
  kind: messageKindSchema,
  from: participantNameSchema,
  to: participantNameSchema,
  /** 1, 2, 3 … from this sender to this receiver. */
  seq: z.int().min(1),
  /** Hash of the message before it, 64 zeros for the first. */
  prevHash: sha256Schema,
})
export type EnvelopeHeader = z.infer<typeof envelopeHeaderSchema>

export const FIRST_PREV_HASH = '0'.repeat(64)
const MAGIC = 0x31565254 // "TRV1"
const SIGNATURE_BYTES = 64
const MAX_HEADER_BYTES = 1_024
/** One message; at 394 kB a ciphertext, 128 MB is 340 of them. */
export const MAX_ENVELOPE_BYTES = 128 * 1024 * 1024

export interface Envelope {
  readonly header: EnvelopeHeader
  /** Canonical JSON as it was signed. */
  readonly headerBytes: Uint8Array
  /** Ed25519 over SHA-256(header ‖ sealed). */
  readonly signature: Uint8Array
  /** HPKE: 32 bytes of encapsulated key, then ciphertext. */
  readonly sealed: Uint8Array
}

/** Layout: "TRV1", u32 LE length of the header, header, 64 bytes of signature, sealed bytes to the end. */
export function writeEnvelope({ headerBytes, signature, sealed }: Omit<Envelope, 'header'>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + headerBytes.length + SIGNATURE_BYTES + sealed.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, headerBytes.length, true)
  bytes.set(headerBytes, 8)
  bytes.set(signature, 8 + headerBytes.length)
  bytes.set(sealed, 8 + headerBytes.length + SIGNATURE_BYTES)
  return bytes
}

/** Reads the layout and the header's schema; signature and seal are not looked at. @throws TributaryError `envelope_malformed` */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const bad = (reason: string) => new TributaryError('envelope_malformed', { reason })
  if (bytes.length < 8 || bytes.length > MAX_ENVELOPE_BYTES) throw bad(`${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw bad('it does not begin with TRV1')
  const length = view.getUint32(4, true)
  if (length > MAX_HEADER_BYTES) throw bad(`its header has ${length} bytes`)
  const body = 8 + length + SIGNATURE_BYTES
  if (bytes.length <= body) throw bad('it ends inside of its header')
  const headerBytes = bytes.subarray(8, 8 + length)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(headerBytes))
  } catch {
    throw bad('its header is not JSON')
  }
  const header = envelopeHeaderSchema.safeParse(json)
  if (!header.success) throw bad(header.error.issues[0]?.message ?? 'its header is invalid')
  return { header: header.data, headerBytes, signature: bytes.subarray(8 + length, body), sealed: bytes.subarray(body) }
}
