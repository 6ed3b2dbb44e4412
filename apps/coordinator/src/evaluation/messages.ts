import type { ModelConfig } from '@tributary/protocol'
import { z } from 'zod'

/** Which rows the evaluator holds. */
export const testDataSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mnist'), rows: z.int().min(1).nullable().default(null) }),
  z.strictObject({ kind: z.literal('table'), file: z.string(), schema: z.unknown() }),
])
export type TestData = z.infer<typeof testDataSchema>

export interface EvaluateMessage {
  id: number
  model: ModelConfig
  file: string
}
export type EvaluateAnswer =
  | { id: number; ok: true; metrics: Record<string, number> }
  /** The test rows are of another kind than the model's: nothing to measure. */
  | { id: number; ok: true; metrics: Record<string, never>; misfit: string }
  | { id: number; ok: false; reason: string }
