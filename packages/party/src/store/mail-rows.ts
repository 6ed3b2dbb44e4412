import { messageKindSchema } from '@tributary/protocol'
import { z } from 'zod'

export const linkSchema = z.object({ seq: z.int(), sha256: z.string() })
/** The last message of a directed pair: the next one names its hash. */
export type ChainLink = Readonly<z.infer<typeof linkSchema>>

export const kindSchema = z.object({ kind: messageKindSchema })

export const unsentSchema = z.object({
  receiver: z.string(),
  seq: z.int(),
  sha256: z.string(),
  kind: messageKindSchema,
  step: z.int(),
})
