import {
  type AuditEntry,
  auditEntrySchema,
  type Manifest,
  manifestPartySchema,
  partyKeysSchema,
  runIdSchema,
  sha256Schema,
  signedHeadSchema,
} from '@tributary/protocol'
import { z } from 'zod'

/** A run as its key service accounts for it: everything is read off the log. */
export const runAccountSchema = z.object({
  run: runIdSchema,
  manifestSha256: sha256Schema,
  parties: z.array(manifestPartySchema),
  entries: z.int().min(0),
  head: signedHeadSchema.nullable(),
  step: z.int().min(0).nullable(),
  ended: z.boolean(),
  /** By party: numbers opened so far, and how many may still be. */
  openings: z.record(z.string(), z.object({ numbers: z.int(), quotaLeft: z.int(), refused: z.int() })),
})
export type RunAccount = z.infer<typeof runAccountSchema>

/** The whole log of a run with the key that it is signed by. */
export const auditLogSchema = z.object({ name: z.string(), keys: partyKeysSchema, entries: z.array(auditEntrySchema) })
export type AuditLog = z.infer<typeof auditLogSchema>

export function runAccount(
  run: string,
  { manifest, manifestSha256 }: { readonly manifest: Manifest; readonly manifestSha256: string },
  entries: readonly AuditEntry[],
): RunAccount {
  const openings: RunAccount['openings'] = {}
  for (const { record } of entries) {
    const { party, kind, numbersReturned, quotaLeft } = record
    if (kind !== 'opening' && kind !== 'refused') continue
    const before = openings[party] ?? { numbers: 0, quotaLeft, refused: 0 }
    openings[party] = {
      numbers: before.numbers + numbersReturned,
      quotaLeft,
      refused: before.refused + (kind === 'refused' ? 1 : 0),
    }
  }
  const last = entries.at(-1)
  return {
    run: runIdSchema.parse(run),
    manifestSha256,
    parties: [...manifest.parties],
    entries: entries.length,
    head: last === undefined ? null : { seq: last.record.seq, hash: last.hash, signature: last.signature },
    step: last?.record.step ?? null,
    ended: last?.record.kind === 'ended',
    openings,
  }
}
