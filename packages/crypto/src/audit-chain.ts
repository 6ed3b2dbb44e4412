import {
  type AuditEntry,
  type AuditRecord,
  auditSignedBytes,
  createSha256,
  type PartyKeys,
  type SignedHead,
} from '@tributary/protocol'
import { canonicalJson } from './canonical-json.ts'
import { type SecretIdentity, sign, verify } from './identity.ts'

/** Hash before the first record. */
export const AUDIT_START = '0'.repeat(64)

/**
 * SHA-256(prev ‖ canonical JSON of the record), hex; `prev` enters as its 64 hex digits, so what is hashed can begin neither like
 * a header nor like a manifest, which the same keys sign.
 */
export const auditHash = (prev: string, record: AuditRecord): string =>
  createSha256()
    .update(new TextEncoder().encode(prev + canonicalJson(record)))
    .hex()

/** An entry as the key service makes it: the signature is over run, place and hash (`auditSignedBytes`). */
export function auditEntry(record: AuditRecord, by: SecretIdentity): AuditEntry {
  const hash = auditHash(record.prev, record)
  return { record, hash, signature: sign(by, auditSignedBytes(record.run, { seq: record.seq, hash })) }
}

/** The newest entry as the head that everybody is told. */
export const headOf = ({ record, hash, signature }: AuditEntry): SignedHead => ({ seq: record.seq, hash, signature })

/** Whether the key service signed that this hash has this place in the log of this run. */
export const isSignedHead = (keys: PartyKeys, run: string, head: SignedHead): boolean =>
  verify(keys, auditSignedBytes(run, head), head.signature)
