import { z } from 'zod'
import { failureReasonSchema, loggedEventSchema, runPhaseSchema } from '../event-log.ts'
import {
  accountIdSchema,
  federationIdSchema,
  inviteIdSchema,
  participantIdSchema,
  participantNameSchema,
  roleSchema,
  runIdSchema,
} from '../ids.ts'
import { runConfigSchema } from '../run-config.ts'
import { sha256Schema } from '../sha256.ts'

const at = z.iso.datetime()

export const federationNameSchema = z.string().trim().min(1).max(100)

export const federationActionSchema = z.enum(['invite', 'createRun', 'leave'])
export const federationSchema = z.object({
  id: federationIdSchema,
  name: federationNameSchema,
  kind: z.enum(['horizontal']),
  createdAt: at,
  participants: z.int(),
  online: z.int(),
  allowedActions: z.array(federationActionSchema),
})
export type Federation = z.infer<typeof federationSchema>

export const inviteStateSchema = z.enum(['pending', 'used', 'expired', 'revoked'])
export const inviteSchema = z.object({
  id: inviteIdSchema,
  federation: federationIdSchema,
  role: roleSchema,
  /** When set, only this name may join by it. */
  name: participantNameSchema.nullable(),
  state: inviteStateSchema,
  createdAt: at,
  expiresAt: at,
  allowedActions: z.array(z.enum(['revoke'])),
})
export type Invite = z.infer<typeof inviteSchema>
/** The code is shown once, in the answer to its creation; only its hash is stored. */
export const newInviteSchema = inviteSchema.extend({ code: z.string() })
export type NewInvite = z.infer<typeof newInviteSchema>

export const participantSchema = z.object({
  id: participantIdSchema,
  federation: federationIdSchema,
  name: participantNameSchema,
  joinedAt: at,
  state: z.enum(['active', 'left']),
  online: z.boolean(),
  lastSeenAt: at.nullable(),
  samples: z.int().nullable(),
  backend: z.string().nullable(),
  clientVersion: z.string().nullable(),
  roundsCounted: z.int(),
  bytesUp: z.int(),
  bytesDown: z.int(),
})
export type Participant = z.infer<typeof participantSchema>

export const runActionNameSchema = z.enum(['start', 'pause', 'resume', 'cancel', 'extend', 'exclude'])
export type RunActionName = z.infer<typeof runActionNameSchema>

export const runSchema = z.object({
  id: runIdSchema,
  federation: federationIdSchema,
  name: z.string().max(100),
  phase: runPhaseSchema,
  /** A pause was asked for and takes effect when the round closes. */
  pausePending: z.boolean(),
  config: runConfigSchema,
  /** Round that is open or was last closed; 0 before the first. */
  round: z.int().min(0),
  deadlineAt: at.nullable(),
  modelSha256: sha256Schema,
  failure: failureReasonSchema.nullable(),
  metrics: z.record(z.string(), z.number()),
  createdAt: at,
  startedAt: at.nullable(),
  endedAt: at.nullable(),
  createdBy: z.string(),
  bytesUp: z.int(),
  bytesDown: z.int(),
  stream: z.string(),
  headSeq: z.int().min(0),
  allowedActions: z.array(runActionNameSchema),
})
export type Run = z.infer<typeof runSchema>

export const roundParticipantSchema = z.object({
  participant: participantIdSchema,
  name: participantNameSchema,
  state: z.enum(['selected', 'downloaded', 'accepted', 'failed', 'left', 'excluded', 'missing']),
  samples: z.int().nullable(),
  weight: z.number().nullable(),
  loss: z.number().nullable(),
  trainSeconds: z.number().nullable(),
  bytes: z.int().nullable(),
  selectedAt: at,
  downloadedAt: at.nullable(),
  uploadedAt: at.nullable(),
  rejects: z.int(),
})
export const roundSchema = z.object({
  run: runIdSchema,
  round: z.int().min(1),
  phase: z.enum(['training', 'aggregating', 'evaluating', 'closed', 'abandoned']),
  openedAt: at,
  deadlineAt: at,
  closedAt: at.nullable(),
  modelSha256: sha256Schema.nullable(),
  participants: z.array(roundParticipantSchema),
  metrics: z.record(z.string(), z.number()),
})
export type Round = z.infer<typeof roundSchema>

export const modelVersionSchema = z.object({
  run: runIdSchema,
  /** 0 is the initial model. */
  round: z.int().min(0),
  sha256: sha256Schema,
  bytes: z.int(),
  createdAt: at,
  metrics: z.record(z.string(), z.number()),
})
export type ModelVersion = z.infer<typeof modelVersionSchema>

/** One bucket of 2^k rounds, anchored at 0. */
export const metricBucketSchema = z.object({
  fromRound: z.int(),
  toRound: z.int(),
  /** Where `last` was measured. */
  lastRound: z.int(),
  first: z.number(),
  last: z.number(),
  min: z.number(),
  max: z.number(),
  count: z.int(),
  /** The smoothed curve at `lastRound`, when smoothing was asked for. */
  smoothed: z.number().optional(),
})
export const metricSeriesSchema = z.object({
  name: z.string(),
  scope: z.enum(['global', 'participant']),
  participant: participantNameSchema.nullable(),
  bucketRounds: z.int(),
  points: z.int(),
  buckets: z.array(metricBucketSchema),
})
export type MetricSeries = z.infer<typeof metricSeriesSchema>

export const eventPageSchema = z.object({ stream: z.string(), headSeq: z.int(), events: z.array(loggedEventSchema) })
export type EventPage = z.infer<typeof eventPageSchema>

export const meSchema = z.object({
  account: accountIdSchema,
  name: z.string(),
  role: roleSchema,
  federation: federationIdSchema.nullable(),
  participant: participantIdSchema.nullable(),
})
export type Me = z.infer<typeof meSchema>

export const joinedSchema = meSchema.extend({
  /** This participant's own credential; shown once, stored hashed. */
  token: z.string(),
  protocol: z.int(),
})
export type Joined = z.infer<typeof joinedSchema>

export const updateReceiptSchema = z.object({
  /** Durable and counted exactly once, now or when these same bytes were sent before. */
  status: z.literal('accepted'),
  repeated: z.boolean(),
  run: runIdSchema,
  round: z.int(),
  sha256: sha256Schema,
})
export type UpdateReceipt = z.infer<typeof updateReceiptSchema>
