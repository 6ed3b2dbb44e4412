import { z } from 'zod'
import { errorBodySchema } from '../errors/tributary-error.ts'
import { federationIdSchema, participantNameSchema, runIdSchema } from '../ids.ts'
import { sha256Schema } from '../sha256.ts'
import { signatureSchema, signedHeadSchema } from './audit.ts'
import { manifestSchema, verticalSettingsSchema } from './manifest.ts'
import { messageKindSchema } from './messages.ts'
import { partyRoleSchema } from './parties.ts'

const at = z.iso.datetime()

/**
 * proposed ──label party's manifest──▶ approving ──all signed──▶ running ──key service──▶ completed
 * any of them ──refusal, abort, cancel──▶ aborted; running ◀──▶ paused (mail is taken, not handed out)
 */
export const verticalPhaseSchema = z.enum(['proposed', 'approving', 'running', 'paused', 'completed', 'aborted'])
export type VerticalPhase = z.infer<typeof verticalPhaseSchema>

export const createVerticalRunSchema = z.strictObject({
  name: z.string().trim().min(1).max(100).default('vertical run'),
  /** Names of registered parties; null takes every party of the federation. */
  parties: z.array(participantNameSchema).min(3).max(34).nullable().default(null),
  settings: verticalSettingsSchema,
})
export type CreateVerticalRun = z.input<typeof createVerticalRunSchema>

/** By the label party. The signature is over SHA-256 of the manifest's canonical JSON (its 32 bytes). */
export const putManifestSchema = z.strictObject({ manifest: manifestSchema, signature: signatureSchema })
export const approveSchema = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('approve'), manifestSha256: sha256Schema, signature: signatureSchema }),
  z.strictObject({ decision: z.literal('refuse'), code: z.string().max(60), reason: z.string().trim().min(1).max(2_000) }),
])
export type Approve = z.infer<typeof approveSchema>

/** What the key service tells everybody about a run, the hub and its watchers included: totals, never a party's share. */
export const publishedSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('aligned'), rows: z.int().min(0) }),
  z.strictObject({ type: z.literal('step.opened'), step: z.int().min(0), closing: z.boolean(), keyId: z.string().max(64) }),
  z.strictObject({
    type: z.literal('opening'),
    step: z.int().min(0),
    party: participantNameSchema,
    numbers: z.int().min(0),
    quotaLeft: z.int().min(0),
  }),
  z.strictObject({
    type: z.literal('step.closed'),
    step: z.int().min(0),
    /** Loss f of section 2, in units of the standardised label; null when the optimiser has none yet. */
    f: z.number().nullable(),
    rho: z.number().nullable(),
    head: signedHeadSchema,
  }),
  z.strictObject({ type: z.literal('key.reissued'), step: z.int().min(0), keyId: z.string().max(64) }),
  z.strictObject({
    type: z.literal('ended'),
    converged: z.boolean(),
    f: z.number(),
    loss: z.number(),
    gradientRatio: z.number(),
    steps: z.int().min(0),
    head: signedHeadSchema,
  }),
])
export type Published = z.infer<typeof publishedSchema>
/** The call carries a signature by the key service over the canonical JSON (UTF-8) of {run, event}; `run` is the manifest's hash. */
export const publishSchema = z.strictObject({ seq: z.int().min(1), event: publishedSchema, signature: signatureSchema })
export type Publish = z.infer<typeof publishSchema>

export const abortVerticalRunSchema = z.strictObject({ code: z.string().max(60), reason: z.string().trim().min(1).max(2_000) })

const reason = z.string().trim().min(1).max(500)
const idempotencyKey = z.string().min(8).max(100)
/** What whoever steers a run may do. */
export const verticalSteeringNameSchema = z.enum(['pause', 'resume', 'cancel'])
export type VerticalSteeringName = z.infer<typeof verticalSteeringNameSchema>
/**
 * What a person of a party may do for it: say yes to a run's terms, which its program may wait for before it signs; decline them; end
 * a run that goes on.
 */
export const verticalPartyActionNameSchema = z.enum(['approve', 'decline', 'withdraw'])
export type VerticalPartyActionName = z.infer<typeof verticalPartyActionNameSchema>
export const verticalActionNameSchema = z.enum([...verticalSteeringNameSchema.options, ...verticalPartyActionNameSchema.options])
export type VerticalActionName = z.infer<typeof verticalActionNameSchema>
export const verticalActionSchema = z.strictObject({ action: verticalActionNameSchema, reason, idempotencyKey })
export type VerticalAction = z.infer<typeof verticalActionSchema>

export const verticalRunPartySchema = z.object({
  name: participantNameSchema,
  role: partyRoleSchema,
  fingerprint: sha256Schema,
  rows: z.int().nullable(),
  features: z.int().nullable(),
  /** Its program has signed the manifest. */
  approved: z.boolean(),
  /** A person of it has said yes to the run; no signature, and no matter where the program asks its owner elsewhere. */
  consented: z.boolean(),
  /** Its signature on the manifest; every party checks all of them. */
  signature: signatureSchema.nullable(),
  bytesSent: z.int(),
  bytesReceived: z.int(),
})

export const verticalRunSchema = z.object({
  id: runIdSchema,
  federation: federationIdSchema,
  kind: z.literal('vertical'),
  name: z.string(),
  phase: verticalPhaseSchema,
  settings: verticalSettingsSchema,
  parties: z.array(verticalRunPartySchema),
  manifest: manifestSchema.nullable(),
  manifestSha256: sha256Schema.nullable(),
  /** Rows after alignment, as the key service published them. */
  rows: z.int().nullable(),
  step: z.int().nullable(),
  f: z.number().nullable(),
  head: signedHeadSchema.nullable(),
  failure: errorBodySchema.nullable(),
  createdAt: at,
  startedAt: at.nullable(),
  endedAt: at.nullable(),
  createdBy: z.string(),
  bytes: z.int(),
  stream: z.string(),
  headSeq: z.int().min(0),
  allowedActions: z.array(verticalActionNameSchema),
})
export type VerticalRun = z.infer<typeof verticalRunSchema>

/**
 * Numbers that the key service opened for each data party. A party may learn a linear fact of others' rows from each, and facts of
 * runs on the same rows add up, while a quota is of one run: the total is what the run's page shows.
 */
export const verticalOpeningsSchema = z.array(
  z.object({
    party: participantNameSchema,
    /** p_j as registered. */
    features: z.int().nullable(),
    /** In this run. */
    numbers: z.int().min(0),
    /** p_j·T of this run; null until the first opening. */
    quota: z.int().min(0).nullable(),
    /** Over the runs in which numbers were opened for it together with any of this run's other data parties, this one included. */
    overRuns: z.object({ runs: z.int().min(0), numbers: z.int().min(0), quota: z.int().min(0) }),
  }),
)
export type VerticalOpenings = z.infer<typeof verticalOpeningsSchema>

/** A message as the hub knows it: everything but its content. `cursor` grows by arrival for each receiver. */
export const mailSchema = z.object({
  cursor: z.int().min(1),
  sha256: sha256Schema,
  from: participantNameSchema,
  to: participantNameSchema,
  kind: messageKindSchema,
  step: z.int().min(0),
  seq: z.int().min(1),
  bytes: z.int().min(1),
  at,
})
export type Mail = z.infer<typeof mailSchema>
export const inboxQuerySchema = z.strictObject({
  /** The caller holds everything up to this cursor durably: once the run has ended, the hub may remove it. */
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
})
export const mailReceiptSchema = z.object({
  /** Durable at the hub, now or when these same bytes were sent before. */
  status: z.literal('stored'),
  repeated: z.boolean(),
  sha256: sha256Schema,
})
export type MailReceipt = z.infer<typeof mailReceiptSchema>

/** Durable events of a vertical run, in its own gapless log. */
export const verticalEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('vertical.state'),
    data: z.object({ from: verticalPhaseSchema.nullable(), to: verticalPhaseSchema, error: errorBodySchema.nullable() }),
  }),
  z.object({ type: z.literal('vertical.manifest'), data: z.object({ by: participantNameSchema, manifestSha256: sha256Schema }) }),
  z.object({ type: z.literal('vertical.approved'), data: z.object({ name: participantNameSchema }) }),
  z.object({
    type: z.literal('vertical.refused'),
    data: z.object({ name: participantNameSchema, code: z.string(), reason: z.string() }),
  }),
  z.object({
    type: z.literal('vertical.message'),
    data: z.object({
      from: participantNameSchema,
      to: participantNameSchema,
      kind: messageKindSchema,
      step: z.int(),
      bytes: z.int(),
      sha256: sha256Schema,
    }),
  }),
  z.object({ type: z.literal('vertical.published'), data: publishedSchema }),
  z.object({
    type: z.literal('vertical.action'),
    data: z.object({
      action: z.enum(['create', 'pause', 'resume', 'cancel', 'abort', 'approve']),
      by: z.string(),
      reason: z.string(),
    }),
  }),
])
export type VerticalEvent = z.infer<typeof verticalEventSchema>

export const loggedVerticalEventSchema = z.object({
  run: runIdSchema,
  stream: z.string(),
  seq: z.int().min(1),
  at,
  event: verticalEventSchema,
})
export type LoggedVerticalEvent = z.infer<typeof loggedVerticalEventSchema>
export const verticalEventPageSchema = z.object({
  stream: z.string(),
  headSeq: z.int(),
  events: z.array(loggedVerticalEventSchema),
})

/** Coordinator → participant by socket: something about this run is new for you; fetch it. Volatile: polling makes up for a lost one. */
export const verticalNoticeSchema = z.object({
  run: runIdSchema,
  phase: verticalPhaseSchema,
  /** Newest mail for this participant. */
  cursor: z.int().min(0),
})
export type VerticalNotice = z.infer<typeof verticalNoticeSchema>
