import { manifestSchema, partyKeysSchema, sha256Schema } from '@tributary/protocol'
import { z } from 'zod'

/** What a party has signed: it is what a run is resumed from, whatever the hub says later. */
export const charterSchema = z.strictObject({
  manifest: manifestSchema,
  manifestSha256: sha256Schema,
  /** Public keys of all parties, by name; each was compared with its pinned fingerprint. */
  keys: z.record(z.string(), partyKeysSchema),
  /** Hash of the own table as it was then; null at the key service. */
  tableSha256: sha256Schema.nullable(),
})
export type Charter = z.infer<typeof charterSchema>
