import { errorBodySchema } from '@tributary/protocol'
import { z } from 'zod'

/** What a process that the demo started tells it over the channel between them. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('coordinatorReady'), url: z.string(), adminToken: z.string().nullable() }),
  z.object({ type: z.literal('institutionConnected'), name: z.string(), backend: z.string() }),
  z.object({
    type: z.literal('keyServiceReady'),
    url: z.string(),
    name: z.string(),
    fingerprint: z.string(),
    /** At its first start. */
    tokens: z.object({ operator: z.string(), auditor: z.string() }).nullable(),
  }),
  z.object({ type: z.literal('partyConnected'), name: z.string(), fingerprint: z.string() }),
  /** A party of a vertical run has saved its outcome. */
  z.object({ type: z.literal('partyDone'), name: z.string(), run: z.string(), file: z.string() }),
  z.object({ type: z.literal('failed'), error: errorBodySchema }),
])
export type ChildMessage = z.infer<typeof childMessageSchema>
