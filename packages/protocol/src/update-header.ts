import { z } from 'zod'
import { participantIdSchema, runIdSchema } from './ids.ts'
import { tensorSpecSchema } from './tensors.ts'

const finite = z.number().refine(Number.isFinite, 'must be finite')

/** What a client says of its own training beside its update. */
export const trainingReportSchema = z.strictObject({
  /** Mean training loss over the round's last epoch. */
  loss: finite.nullable(),
  /** Share of right answers on the participant's own held-out rows, 0..1. */
  accuracy: finite.min(0).max(1).nullable(),
  /** Seconds of training, without waiting and transport. */
  seconds: finite.min(0),
  backend: z.string().max(40),
})
export type TrainingReport = z.infer<typeof trainingReportSchema>

/** Whose update this is. It stands inside the hashed bytes, so an update cannot be moved to another round or participant. */
export const updateMetaSchema = z.strictObject({
  run: runIdSchema,
  round: z.int().min(1),
  participant: participantIdSchema,
  form: z.enum(['parameters', 'gradients']),
  /** n_k: rows that were trained on. Never defaulted. */
  samples: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  report: trainingReportSchema,
})
export type UpdateMeta = z.infer<typeof updateMetaSchema>

const tensors = z.array(tensorSpecSchema).min(1).max(10_000)

/** Header of a container of tensors. A model's header names nothing but its tensors: equal weights have equal addresses. */
export const containerHeaderSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('model'), tensors }),
  z.strictObject({ kind: z.literal('update'), tensors, meta: updateMetaSchema }),
])
export type ContainerHeader = z.infer<typeof containerHeaderSchema>
export type ModelHeader = Extract<ContainerHeader, { kind: 'model' }>
export type UpdateHeader = Extract<ContainerHeader, { kind: 'update' }>
