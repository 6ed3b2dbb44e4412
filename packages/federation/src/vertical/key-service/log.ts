import { type AuditEntry, type AuditRecord, auditSignedBytes, FIRST_PREV_HASH, type SignedHead } from '@tributary/protocol'
import type { VerticalEffect, VerticalSurroundings } from '../effects.ts'

/** A line of the log without its place in it; no plaintext and no party's value. */
export type Line = Pick<AuditRecord, 'kind' | 'party' | 'step' | 'keyId' | 'quotaLeft'> &
  Partial<Pick<AuditRecord, 'requestSha256' | 'ciphertextsSha256' | 'numbersReturned' | 'responseSha256' | 'code'>>

export interface Logged {
  readonly head: SignedHead
  readonly entry: AuditEntry
  readonly effect: VerticalEffect
}

/** Appends a line: hash = SHA-256(prev ‖ canonical JSON), signed with its place. The signed hash is the log's new head, and a receipt. */
export function appendLine(head: SignedHead | null, line: Line, around: VerticalSurroundings): Logged {
  const record: AuditRecord = {
    seq: (head?.seq ?? 0) + 1,
    prev: head?.hash ?? FIRST_PREV_HASH,
    run: around.run,
    step: line.step,
    keyId: line.keyId,
    party: line.party,
    kind: line.kind,
    requestSha256: line.requestSha256 ?? null,
    ciphertextsSha256: line.ciphertextsSha256 ?? null,
    numbersReturned: line.numbersReturned ?? 0,
    responseSha256: line.responseSha256 ?? null,
    quotaLeft: line.quotaLeft,
    code: line.code ?? null,
    at: new Date(around.now).toISOString(),
  }
  const hash = around.auditHash(record.prev, record)
  const { seq } = record
  const entry = { record, hash, signature: around.sign(auditSignedBytes(around.run, { seq, hash })) }
  return { head: { seq, hash, signature: entry.signature }, entry, effect: { type: 'audit', entry } }
}
