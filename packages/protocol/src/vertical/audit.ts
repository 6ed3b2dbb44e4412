import { z } from 'zod'
import { participantNameSchema } from '../ids.ts'
import { sha256Schema } from '../sha256.ts'

/** Ed25519 signature as base64url without padding. */
export const signatureSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'expected a 64-byte signature as base64url')

/**
 * One line of the key service's log; no plaintext is in it. Hash: SHA-256(prev as 64 hex digits ‖ canonical JSON). Entries and heads
 * are signed over `auditSignedBytes`.
 */
export const auditRecordSchema = z.strictObject({
  seq: z.int().min(1),
  prev: sha256Schema,
  run: sha256Schema,
  step: z.int().min(0),
  keyId: z.string().max(64),
  /** The key service itself for keyed, closed and ended. */
  party: participantNameSchema,
  kind: z.enum(['opened-run', 'keyed', 'opening', 'refused', 'decided', 'reissued', 'closed', 'ended']),
  requestSha256: sha256Schema.nullable(),
  /** Hash over the hashes of the request's ciphertexts, in order. */
  ciphertextsSha256: sha256Schema.nullable(),
  numbersReturned: z.int().min(0),
  /** Of what was told: an opening's numbers, the step's public keys, a decision, the result. */
  responseSha256: sha256Schema.nullable(),
  /** Numbers that this party may still have opened in this run. */
  quotaLeft: z.int().min(0),
  code: z.string().max(60).nullable(),
  at: z.iso.datetime(),
})
export type AuditRecord = z.infer<typeof auditRecordSchema>

export const auditEntrySchema = z.strictObject({ record: auditRecordSchema, hash: sha256Schema, signature: signatureSchema })
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** Goes with each opening: proof that the log holds it. */
export const auditReceiptSchema = auditEntrySchema
export type AuditReceipt = AuditEntry

/** Head of the log as the key service signed it; two heads with one seq and two hashes are a split view. */
export const signedHeadSchema = z.strictObject({ seq: z.int().min(0), hash: sha256Schema, signature: signatureSchema })
export type SignedHead = z.infer<typeof signedHeadSchema>

/**
 * What the key service signs for an entry and for the head that it is: the hash, its place in the log and the run. A head stands
 * without its record, so without its place and run in the signature anybody could say that it is of another place or another run,
 * which would look like a fork. The prefix keeps it apart from everything else that the same key signs.
 * @param run SHA-256 of the manifest, hex
 */
export const auditSignedBytes = (run: string, { seq, hash }: Pick<SignedHead, 'seq' | 'hash'>): Uint8Array =>
  new TextEncoder().encode(`tributary audit head v1:${run}:${seq}:${hash}`)
