import { auditEntrySchema, runIdSchema, signedHeadSchema } from '@tributary/protocol'
import { z } from 'zod'

/** What a party at work does for other commands of its user. */
export const controlCalls = {
  /** Receiver of predictions. */
  predict: {
    path: '/predict',
    request: z.strictObject({
      /** null: the only run that is done. */
      run: runIdSchema.nullable(),
      /** Positions in the common order. */
      rows: z.union([z.literal('all'), z.array(z.int().min(0)).min(1).max(100_000)]),
    }),
    answer: z.strictObject({
      run: z.string(),
      predictions: z.array(z.strictObject({ row: z.int(), id: z.string().nullable(), value: z.number() })),
    }),
  },
  /** Verifies a log of the key service against what this party knows. */
  audit: {
    path: '/audit',
    request: z.strictObject({ entries: z.array(auditEntrySchema) }),
    answer: z.strictObject({
      run: z.string(),
      entries: z.int(),
      head: signedHeadSchema,
      receipts: z.int(),
      heads: z.int(),
    }),
  },
} as const

export type ControlCall = keyof typeof controlCalls
export type ControlRequest<Call extends ControlCall> = z.infer<(typeof controlCalls)[Call]['request']>
export type ControlAnswer<Call extends ControlCall> = z.infer<(typeof controlCalls)[Call]['answer']>
export type ControlHandlers = { readonly [Call in ControlCall]: (request: ControlRequest<Call>) => Promise<ControlAnswer<Call>> }
