import { z } from 'zod'
import { participantIdSchema, participantNameSchema, roleSchema } from '../ids.ts'
import { runConfigSchema } from '../run-config.ts'
import { sha256Schema } from '../sha256.ts'
import { federationNameSchema } from './resources.ts'

export const createFederationSchema = z.strictObject({ name: federationNameSchema })

export const createInviteSchema = z.strictObject({
  role: roleSchema.default('institution'),
  name: participantNameSchema.nullable().default(null),
  expiresInSeconds: z
    .int()
    .min(1)
    .max(90 * 86_400)
    .default(7 * 86_400),
})
export type CreateInvite = z.input<typeof createInviteSchema>

/** A credential: who it is for in one letter, then 256 random bits in base64url. */
export const credentialSchema = z
  .string()
  .regex(/^trb_[air]_[\w-]{43}$/, 'expected trb_, a, i or r for the role, _ and 43 letters')

export const joinSchema = z.strictObject({
  protocol: z.int(),
  code: z.string().min(1).max(200),
  name: participantNameSchema,
  /**
   * The credential that the caller has chosen and kept before it asks: the same request again, when the answer was lost, is then
   * answered as the first was. Without it the coordinator chooses one, and a lost answer costs the invite.
   */
  token: credentialSchema.optional(),
})
export type Join = z.infer<typeof joinSchema>

export const createRunSchema = z.strictObject({
  name: z.string().trim().min(1).max(100).default('run'),
  config: runConfigSchema,
  /** Begins from this stored model instead of fresh weights. */
  initialModel: sha256Schema.nullable().default(null),
  start: z.boolean().default(true),
})
export type CreateRun = z.input<typeof createRunSchema>

const reason = z.string().trim().min(1).max(500)
/** The same key with the same action is answered as before and done once. */
const idempotencyKey = z.string().min(8).max(100)
const plain = { reason, idempotencyKey }
export const runActionSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('start'), ...plain }),
  z.strictObject({ action: z.literal('pause'), ...plain }),
  z.strictObject({ action: z.literal('resume'), ...plain }),
  z.strictObject({ action: z.literal('cancel'), ...plain }),
  z.strictObject({
    action: z.literal('extend'),
    seconds: z
      .int()
      .min(1)
      .max(30 * 86_400),
    ...plain,
  }),
  z.strictObject({ action: z.literal('exclude'), participant: participantIdSchema, ...plain }),
])
export type RunAction = z.infer<typeof runActionSchema>

/** The same words as when the participant's own program leaves. */
export const leaveFederationSchema = z.strictObject({ reason })

export const eventsQuerySchema = z.strictObject({
  /** Events with seq > after. */
  after: z.coerce.number().int().min(0).default(0),
  /** Events with seq < before. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
})
export const metricsQuerySchema = z.strictObject({
  name: z.string().max(100).optional(),
  scope: z.enum(['global', 'participant']).default('global'),
  /** One participant's alone. */
  participant: participantNameSchema.optional(),
  buckets: z.coerce.number().int().min(1).max(1_200).default(1_200),
  /** Rounds from … to, both included: fewer rounds, finer buckets. */
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  /** Weight of what was before, for each round; over all points, before they are put into buckets. */
  smoothing: z.coerce.number().min(0).max(0.99).default(0),
})
export const spreadQuerySchema = metricsQuerySchema.pick({ name: true, buckets: true, from: true, to: true })
/** Query of an update's upload: whose bytes (their hash), how many in all, and where this piece begins. */
export const uploadQuerySchema = z.strictObject({
  sha256: sha256Schema,
  bytes: z.coerce.number().int().min(1),
  offset: z.coerce.number().int().min(0).default(0),
})
