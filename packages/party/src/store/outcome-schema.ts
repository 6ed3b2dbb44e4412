import type { PartyOutcome } from '@tributary/federation'
import { z } from 'zod'

const numbers = z.array(z.number())

/** What a party learnt of a run. */
export const partyOutcomeSchema = z.object({
  converged: z.boolean(),
  names: z.array(z.string()),
  weights: numbers,
  means: numbers,
  deviations: numbers,
  dropped: z.array(z.string()),
  intercept: z.number().nullable(),
  labelDeviation: z.number().nullable(),
  f: z.number(),
  loss: z.number(),
  steps: z.int(),
}) satisfies z.ZodType<PartyOutcome>
