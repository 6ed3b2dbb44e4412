import { z } from 'zod'
import { errorBodySchema } from './errors/tributary-error.ts'
import { participantIdSchema, participantNameSchema, runIdSchema } from './ids.ts'
import { sha256Schema } from './sha256.ts'

/** States of a run; `round` phases and resting states in one, see docs/protocol.md. */
export const runPhaseSchema = z.enum([
  'created',
  'selecting',
  'training',
  'aggregating',
  'evaluating',
  'paused',
  'completed',
  'failed',
  'cancelled',
])
export type RunPhase = z.infer<typeof runPhaseSchema>

const round = z.int().min(1)
const who = { participant: participantIdSchema, name: participantNameSchema }
const by = z.string().max(200)

/** Why a run failed: which party, in which phase, why, and what to do. */
export const failureReasonSchema = errorBodySchema.extend({
  /** Names of the participants whose part is missing or bad; empty when it was not theirs. */
  participants: z.array(z.string()),
})
export type FailureReason = z.infer<typeof failureReasonSchema>

/**
 * What happened to a run, without when: data of a durable event by its type. That somebody joined or left is told of the federation,
 * not of its runs; what leaving does to an open round is `participant.dropped`.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.state'),
    data: z.object({ from: runPhaseSchema, to: runPhaseSchema, reason: failureReasonSchema.nullable() }),
  }),
  z.object({
    type: z.literal('round.opened'),
    data: z.object({
      round,
      selected: z.array(z.object(who)),
      target: z.int(),
      minimum: z.int(),
      deadlineAt: z.string(),
      modelSha256: sha256Schema,
    }),
  }),
  z.object({
    type: z.literal('round.closed'),
    data: z.object({
      round,
      modelSha256: sha256Schema,
      /** Who counted, with what weight (they sum to 1); null where the reader may not know another's. */
      counted: z.array(z.object({ ...who, samples: z.int().nullable(), weight: z.number().nullable() })),
      /** Who did not, and why. */
      missing: z.array(z.object({ ...who, reason: z.string() })),
      seconds: z.number(),
    }),
  }),
  z.object({
    type: z.literal('round.overdue'),
    data: z.object({ round, accepted: z.int(), minimum: z.int(), patienceUntil: z.string() }),
  }),
  z.object({ type: z.literal('participant.downloaded'), data: z.object({ round, ...who, bytes: z.int() }) }),
  z.object({
    type: z.literal('participant.trained'),
    /** null, as everywhere, what the reader may not know of another participant. */
    data: z.object({ round, ...who, seconds: z.number().nullable(), loss: z.number().nullable() }),
  }),
  z.object({
    type: z.literal('update.accepted'),
    data: z.object({
      round,
      ...who,
      sha256: sha256Schema.nullable(),
      samples: z.int().nullable(),
      bytes: z.int(),
      seconds: z.number().nullable(),
      loss: z.number().nullable(),
      backend: z.string(),
    }),
  }),
  z.object({ type: z.literal('update.rejected'), data: z.object({ round, ...who, error: errorBodySchema }) }),
  z.object({ type: z.literal('participant.failed'), data: z.object({ round, ...who, error: errorBodySchema }) }),
  z.object({ type: z.literal('participant.dropped'), data: z.object({ round, ...who, reason: z.string() }) }),
  z.object({
    type: z.literal('metric'),
    data: z.object({
      round,
      scope: z.enum(['global', 'participant']),
      name: z.string(),
      participant: participantNameSchema.nullable(),
      value: z.number(),
    }),
  }),
  /** In the place of an event that the reader may not see: its seq stays, so that the log has no gap. */
  z.object({ type: z.literal('withheld'), data: z.object({ round }) }),
  z.object({
    type: z.literal('action'),
    data: z.object({
      action: z.enum(['create', 'start', 'pause', 'resume', 'cancel', 'extend', 'exclude']),
      by,
      reason: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  }),
])
export type RunEvent = z.infer<typeof runEventSchema>
export type RunEventType = RunEvent['type']

/** A durable event: `seq` is gapless from 1 in each run, written in the transaction of the change itself. */
export const loggedEventSchema = z.object({
  run: runIdSchema,
  /** Changes when the store was restored from a backup: a reader must then begin again from a snapshot. */
  stream: z.string(),
  seq: z.int().min(1),
  at: z.iso.datetime(),
  event: runEventSchema,
})
export type LoggedEvent = z.infer<typeof loggedEventSchema>
