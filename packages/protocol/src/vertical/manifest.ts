import { z } from 'zod'
import { participantNameSchema, runIdSchema } from '../ids.ts'
import { sha256Schema } from '../sha256.ts'
import { partyRoleSchema, VERTICAL_PROTOCOL } from './parties.ts'

const finite = z.number().refine(Number.isFinite, 'must be finite')

/** How ids are brought to one form before they are matched; Unicode NFC always, numbers are never converted. */
export const idRuleSchema = z.strictObject({
  trim: z.boolean().default(true),
  caseFold: z.boolean().default(false),
  removeSpaces: z.boolean().default(false),
})
export type IdRule = z.infer<typeof idRuleSchema>

export const verticalOptimiserSchema = z.discriminatedUnion('name', [
  /** Conjugate gradients with each party's own block as preconditioner. */
  z.strictObject({ name: z.literal('pcg') }),
  /** Gradient descent on the mean: w −= rate·(2/n·Xᵀd + λ/n·w). */
  z.strictObject({ name: z.literal('gd'), learningRate: finite.positive().max(100) }),
  /** Preconditioned Nesterov with gradient restart; step null is 1/m, m parties with features. */
  z.strictObject({ name: z.literal('nesterov'), step: finite.positive().max(100).nullable().default(null) }),
])
export type VerticalOptimiser = z.infer<typeof verticalOptimiserSchema>

/**
 * Fewest binary digits of table entries. Ridge weights on rounded standardised columns against those on exact ones, of the largest
 * weight: 9 digits 0.2 to 0.8 %, 8 up to 1 %, 6 up to 8 %, 4 up to half (diabetes, breast, default-credit; λ = 1).
 */
const LEAST_FX = 9

/**
 * Fewest binary digits of predictions, and so of the label: rounded to fu digits it is longer by up to a part of 2^-(fu+1), and a vector
 * may be 1.001·√n long. 9 digits keep within that (0.98e-3); at 8 (1.95e-3) an honest two-valued label can fail in step 0.
 */
const LEAST_FU = 9

/** Settings of a run that its creator chooses; everything else follows from the parties. */
export const verticalSettingsSchema = z.strictObject({
  task: z.enum(['linear', 'logistic']).default('linear'),
  /** λ of f = L + λ/2·|w|². */
  lambda: finite.positive().max(1e9).default(1),
  optimiser: verticalOptimiserSchema.default({ name: 'pcg' }),
  /** T: openings allowed of each feature; a smaller bound follows from the rows. */
  maxSteps: z.int().min(1).max(40).default(40),
  /** pcg and nesterov stop at ρ ≤ tolerance·ρ₀, ρ = Σ gᵀP⁻¹g; gd at |g|² ≤ tolerance·|g₀|². null: what the digits allow. */
  tolerance: finite.positive().max(1).nullable().default(null),
  /** Binary digits behind the point: of table entries and of predictions. */
  fixedPoint: z
    .strictObject({
      fx: z
        .int()
        .min(LEAST_FX, `below ${LEAST_FX} binary digits the rounding of the columns alone moves weights by a percent and more`)
        .max(24),
      fu: z
        .int()
        .min(LEAST_FU, `below ${LEAST_FU} binary digits the rounding of the label alone can make it longer than a step allows`)
        .max(26),
    })
    .default({ fx: 14, fu: 14 }),
  /** Rows are weighted by a column that every party has. */
  rowWeights: z.boolean().default(false),
  idRule: idRuleSchema.default({ trim: true, caseFold: false, removeSpaces: false }),
  /** Fewer common ids than this end the run; 10·(p_j+1) is asked in any case. */
  minimumRows: z.int().min(10).max(10_000_000).default(20),
  /** Larger sets are refused: a bound on guessing ids. */
  maximumIds: z.int().min(10).max(10_000_000).default(1_000_000),
  /** Who learns predictions; null is the label party. */
  predictionReceiver: participantNameSchema.nullable().default(null),
  stepDeadlineSeconds: finite
    .positive()
    .max(30 * 86_400)
    .default(600),
})
export type VerticalSettings = z.infer<typeof verticalSettingsSchema>
/** Finer digits are worth more steps: stopping at 1e-10 would waste some of theirs. */
export const toleranceOf = ({ tolerance, fixedPoint: { fx, fu } }: VerticalSettings): number =>
  tolerance ?? (fx + fu > 30 ? 1e-13 : 1e-10)
export type VerticalSettingsInput = z.input<typeof verticalSettingsSchema>

/** BFV with batching; see packages/crypto for what is refused. */
export const heParametersSchema = z.strictObject({
  /** N. */
  ringDegree: z.union([z.literal(8192), z.literal(16384)]),
  /** t, a prime ≡ 1 mod 2N, in decimal. */
  plainModulus: z.string().regex(/^[1-9][0-9]{5,18}$/),
  /** τ = bits of t. */
  plainModulusBits: z.int().min(17).max(60),
  /** Bits of the coefficient primes; the last never carries data. */
  primeBits: z.array(z.int().min(20).max(60)).min(2).max(8),
  /** Data primes that an opening still has: the smallest level with the margin. */
  openingPrimes: z.int().min(1).max(7),
  /** Key pairs of a step: no key opens more numbers of one party than is safe. */
  keysPerStep: z.int().min(1).max(64),
})
export type HeParameters = z.infer<typeof heParametersSchema>

export const manifestPartySchema = z.strictObject({
  name: participantNameSchema,
  role: partyRoleSchema,
  fingerprint: sha256Schema,
  /** p_j; 0 for the key service. */
  features: z.int().min(0).max(1_000),
})
export type ManifestParty = z.infer<typeof manifestPartySchema>

/** What all parties sign before anything else; SHA-256 of its canonical JSON names the run in every header. */
export const manifestSchema = z.strictObject({
  protocol: z.literal(VERTICAL_PROTOCOL),
  runId: runIdSchema,
  /** In order of names; at least one feature party, one label party, one key service. */
  parties: z.array(manifestPartySchema).min(3).max(34),
  settings: verticalSettingsSchema,
  he: heParametersSchema,
  /** Rows that the parameters are chosen for: the least of the declared row counts. */
  rowsBound: z.int().min(1),
})
export type Manifest = z.infer<typeof manifestSchema>
