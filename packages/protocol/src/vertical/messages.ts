import { z } from 'zod'
import { sha256Schema } from '../sha256.ts'
import { auditReceiptSchema, signedHeadSchema } from './audit.ts'

export const messageKindSchema = z.enum([
  'psi-set',
  'psi-final',
  'psi-common',
  'aligned',
  'ready',
  'step-key',
  'u',
  'd',
  'open',
  'opened',
  'share',
  'decide',
  'abort',
  'done',
  'predict',
  'predict-share',
])
export type MessageKind = z.infer<typeof messageKindSchema>

/** An integer mod t or mod 2^64, in decimal. */
const residueSchema = z.string().regex(/^(0|[1-9][0-9]{0,19})$/)
const finite = z.number().refine(Number.isFinite, 'must be finite')

/** Scalars that the key service sums; see each optimiser for which it asks. */
export const shareNameSchema = z.enum(['rho', 'eta', 'f', 'loss', 'g', 'restart', 'gPg', 'exponent'])
export type ShareName = z.infer<typeof shareNameSchema>

/** Which key of a step a ciphertext is for. The public key's hash is echoed, so that two different keys show. */
const underKey = { keyId: z.string().min(1).max(64), publicKeySha256: sha256Schema }

/** Chunk of a set of points, 33 bytes each, in one part. */
const pointsChunk = {
  /** Party whose set it is. */
  owner: z.string(),
  index: z.int().min(0),
  chunks: z.int().min(1),
  /** Points of the whole set. */
  total: z.int().min(1),
}

/** Bodies by kind; binary parts travel beside them (see content.ts). */
export const messageBodySchemas = {
  /** Around the ring: `hops` parties have masked it besides its owner. part 0: points. */
  'psi-set': z.strictObject({ ...pointsChunk, hops: z.int().min(0), ruleSha256: sha256Schema }),
  /** Owner → label party: the fully masked set, sorted. part 0: points. */
  'psi-final': z.strictObject(pointsChunk),
  /** Label party → feature parties: the common values, sorted. `total` 0 is an empty intersection. part 0: points. */
  'psi-common': z.strictObject({ ...pointsChunk, chunks: z.int().min(0), total: z.int().min(0) }),
  /** Each party → all others and the key service. */
  aligned: z.strictObject({ rows: z.int().min(0), listSha256: sha256Schema, weightsSha256: sha256Schema.nullable() }),
  /** Each party → key service: columns that are left after constant ones, own checks passed. */
  ready: z.strictObject({ features: z.int().min(0), rows: z.int().min(1) }),
  /**
   * parts: one seeded public key for each of the step's keys. `closing` marks the closing step; there u_j = 2^−exponent·X_jw_j,
   * elsewhere `exponent` is 0.
   */
  'step-key': z.strictObject({
    ...underKey,
    closing: z.boolean(),
    exponent: z.int().min(0).max(63).default(0),
    head: signedHeadSchema,
  }),
  /** parts: ciphertexts, key by key, chunk by chunk. `head`: the newest signed head that the sender has seen. */
  u: z.strictObject({ ...underKey, head: signedHeadSchema }),
  d: z.strictObject({ ...underKey, head: signedHeadSchema }),
  /** parts: masked, flooded ciphertexts at the opening level. `numbers` is p_j. */
  open: z.strictObject({ ...underKey, numbers: z.int().min(1) }),
  /** Sums of slots mod t, one for each number, with the receipt of the audit log. */
  opened: z.strictObject({ ...underKey, numbers: z.array(residueSchema), receipt: auditReceiptSchema }),
  /** round(2^40·value/scale) plus this party's zero-sum mask, mod 2^64, by name. */
  share: z.strictObject({ values: z.partialRecord(shareNameSchema, residueSchema) }),
  /** What the key service decided from the totals. `next` is null between two shares of one step. */
  decide: z.strictObject({
    totals: z.partialRecord(shareNameSchema, finite),
    alpha: finite.nullable(),
    beta: finite.nullable(),
    restart: z.boolean(),
    f: finite.nullable(),
    next: z.enum(['share', 'step', 'close', 'done']),
    head: signedHeadSchema,
  }),
  abort: z.strictObject({ code: z.string().max(60), message: z.string().max(2_000), head: signedHeadSchema.nullable() }),
  done: z.strictObject({
    converged: z.boolean(),
    f: finite,
    loss: finite,
    /** Σ gᵀP⁻¹g over ρ₀ at the closing step. */
    gradientRatio: finite,
    steps: z.int().min(0),
    head: signedHeadSchema,
  }),
  /** Receiver → others: row handles (positions in the aligned order). */
  predict: z.strictObject({ request: z.string().min(8).max(64), rows: z.array(z.int().min(0)).min(1).max(100_000) }),
  /**
   * part 0: u64 LE each, round(2^24·u) plus zero-sum mask. The label party tells a receiver how to undo centring and scaling:
   * prediction = mean + deviation·sum.
   */
  'predict-share': z.strictObject({
    request: z.string().min(8).max(64),
    count: z.int().min(1),
    label: z.strictObject({ mean: finite, deviation: finite.positive() }).nullable().default(null),
  }),
} as const satisfies Record<MessageKind, z.ZodType>

export type MessageBody<Kind extends MessageKind = MessageKind> = z.infer<(typeof messageBodySchemas)[Kind]>
