import { z } from 'zod'
import { type ErrorBody, errorBodySchema } from './errors/tributary-error.ts'
import { type loggedEventSchema, runPhaseSchema } from './event-log.ts'
import { federationIdSchema, participantIdSchema, participantNameSchema, runIdSchema } from './ids.ts'
import { modelConfigSchema, trainingConfigSchema } from './run-config.ts'
import { sha256Schema } from './sha256.ts'
import type { LoggedVerticalEvent, VerticalNotice } from './vertical/runs.ts'

/** Socket.IO namespaces: institutions train on one, people and programs watch on the other. */
export const PARTICIPANT_NAMESPACE = '/participants'
export const WATCH_NAMESPACE = '/watch'

/** `auth` of the Socket.IO handshake. A wrong version is refused with `protocol_version_unsupported` in connect_error's `data`. */
export const handshakeSchema = z.object({
  protocol: z.int(),
  /** Empty on /watch: the session of the cookie, and then `csrf` is the session's. */
  token: z.string().max(200),
  csrf: z.string().max(200).optional(),
})
export type Handshake = z.infer<typeof handshakeSchema>

/** Answer to each acknowledged message. */
export const ackSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: errorBodySchema }),
])
export type Ack = z.infer<typeof ackSchema>

const round = z.int().min(1)
const roundRef = { run: runIdSchema, round }

// Coordinator → participant

export const welcomeSchema = z.object({
  federation: federationIdSchema,
  participant: participantIdSchema,
  name: participantNameSchema,
  serverTime: z.iso.datetime(),
})
/** A round's task: ids and hashes only; the model is fetched by its hash, the update is sent by HTTP. */
export const roundTaskSchema = z.object({
  ...roundRef,
  rounds: z.int().min(1),
  model: modelConfigSchema,
  modelSha256: sha256Schema,
  modelBytes: z.int().min(1),
  form: z.enum(['parameters', 'gradients']),
  training: trainingConfigSchema,
  /** Seed of this participant's training in this round. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  deadlineAt: z.iso.datetime(),
})
export const taskWithdrawnSchema = z.object({ ...roundRef, error: errorBodySchema })
export const roundClosedSchema = z.object({
  ...roundRef,
  modelSha256: sha256Schema,
  counted: z.boolean(),
  metrics: z.record(z.string(), z.number()),
})
export const runEndedSchema = z.object({
  run: runIdSchema,
  phase: z.enum(['completed', 'failed', 'cancelled']),
  modelSha256: sha256Schema.nullable(),
  error: errorBodySchema.nullable(),
})

export type Welcome = z.infer<typeof welcomeSchema>
export type RoundTask = z.infer<typeof roundTaskSchema>
export type TaskWithdrawn = z.infer<typeof taskWithdrawnSchema>
export type RoundClosed = z.infer<typeof roundClosedSchema>
export type RunEnded = z.infer<typeof runEndedSchema>

export interface CoordinatorToParticipant {
  welcome: (message: Welcome) => void
  task: (message: RoundTask) => void
  taskWithdrawn: (message: TaskWithdrawn) => void
  roundClosed: (message: RoundClosed) => void
  runEnded: (message: RunEnded) => void
  /** Asked when another connection presents the same identity; whoever does not answer within 5 s loses its place to it. */
  stillThere: (acknowledge: (answer: Ack) => void) => void
  vertical: (message: VerticalNotice) => void
}

// Participant → coordinator

/** "I can be asked": sent after each connection; the coordinator answers it with any task that is still open for this participant. */
export const readySchema = z.object({
  samples: z.int().min(1),
  backend: z.string().max(40),
  clientVersion: z.string().max(40),
})
export const progressSchema = z.object({
  ...roundRef,
  phase: z.enum(['downloading', 'training', 'uploading']),
  /** 0..1 of the phase. */
  fraction: z.number().min(0).max(1),
  samplesPerSecond: z.number().min(0).nullable(),
  loss: z.number().nullable(),
})
export const trainingFailedSchema = z.object({ ...roundRef, reason: z.string().max(2_000) })
export const leaveSchema = z.object({ reason: z.string().max(2_000) })

export type Ready = z.infer<typeof readySchema>
export type Progress = z.infer<typeof progressSchema>
export type TrainingFailed = z.infer<typeof trainingFailedSchema>
export type Leave = z.infer<typeof leaveSchema>

type Acknowledge = (ack: Ack) => void

export interface ParticipantToCoordinator {
  ready: (message: Ready, acknowledge: Acknowledge) => void
  /** Volatile, at most one a second. */
  progress: (message: Progress) => void
  trainingFailed: (message: TrainingFailed, acknowledge: Acknowledge) => void
  leave: (message: Leave, acknowledge: Acknowledge) => void
}

// Watching

export const subscribeSchema = z.object({ run: runIdSchema, stream: z.string().nullable(), lastSeq: z.int().min(0) })
/** Answer to subscribe: where the log stands now. Missing events up to 5,000 follow as frames; beyond that, take a snapshot. */
export const subscribedSchema = z.object({ run: runIdSchema, stream: z.string(), headSeq: z.int().min(0), snapshot: z.boolean() })
export const heartbeatSchema = z.object({
  run: runIdSchema,
  stream: z.string(),
  headSeq: z.int().min(0),
  serverTime: z.iso.datetime(),
})
export const participantProgressSchema = z.object({
  name: participantNameSchema,
  round,
  phase: z.enum(['downloading', 'training', 'uploading']),
  fraction: z.number(),
  samplesPerSecond: z.number().nullable(),
  loss: z.number().nullable(),
})
export const progressFrameSchema = z.object({
  run: runIdSchema,
  phase: runPhaseSchema,
  participants: z.array(participantProgressSchema),
})
export const presenceSchema = z.object({ federation: federationIdSchema, online: z.array(participantNameSchema) })

export type Subscribe = z.infer<typeof subscribeSchema>
export type Subscribed = z.infer<typeof subscribedSchema>
export type Heartbeat = z.infer<typeof heartbeatSchema>
export type ParticipantProgress = z.infer<typeof participantProgressSchema>
export type ProgressFrame = z.infer<typeof progressFrameSchema>
export type Presence = z.infer<typeof presenceSchema>
export type EventsFrame = { run: string; events: z.infer<typeof loggedEventSchema>[] }
export type VerticalEventsFrame = { run: string; events: LoggedVerticalEvent[] }

export interface CoordinatorToWatcher {
  /** Durable events in order, batched every 250 ms. */
  events: (frame: EventsFrame) => void
  /** The same for a vertical run, whose events are of their own types. */
  verticalEvents: (frame: VerticalEventsFrame) => void
  /** Volatile: all participants in one frame, at most two a second. */
  progress: (frame: ProgressFrame) => void
  presence: (frame: Presence) => void
  heartbeat: (message: Heartbeat) => void
  /** The sign-in behind this connection has ended; the connection ends right after. */
  signedOut: (error: ErrorBody) => void
}
export interface WatcherToCoordinator {
  subscribe: (
    message: Subscribe,
    acknowledge: (answer: { ok: true; subscribed: Subscribed } | Extract<Ack, { ok: false }>) => void,
  ) => void
  unsubscribe: (message: { run: string }) => void
}
