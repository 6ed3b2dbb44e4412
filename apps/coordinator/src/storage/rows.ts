import type { RunState } from '@tributary/federation'
import {
  type AccountId,
  type FederationId,
  type InviteId,
  type LoggedEvent,
  type ParticipantId,
  type RunConfig,
  type RunEvent,
  type RunId,
  roleSchema,
} from '@tributary/protocol'
import type * as rows from '../generated/sqlite/client.ts'
import type {
  AccountRecord,
  FederationRecord,
  InviteRecord,
  MetricPoint,
  ModelRecord,
  ParticipantRecord,
  RunRecord,
  UpdateRecord,
} from './store.ts'

/*
 * Rows of the database ↔ records of the store. Text that is narrowed here by a cast (ids, JSON) was written by the functions
 * of this folder and nothing else.
 */

/** @throws RangeError beyond 2^53, where a number would silently become another. */
export function toNumber(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} does not fit a number`)
  return number
}

export const federationRecord = (row: rows.Federation): FederationRecord => ({
  id: row.id as FederationId,
  name: row.name,
  createdAt: row.createdAt,
})

export const accountRecord = ({ federationId, participantId, ...row }: rows.Account): AccountRecord => ({
  ...row,
  id: row.id as AccountId,
  role: roleSchema.parse(row.role),
  federation: federationId as FederationId | null,
  participant: participantId as ParticipantId | null,
})

export const accountRow = ({ federation, participant, ...record }: AccountRecord): rows.Account => ({
  ...record,
  federationId: federation,
  participantId: participant,
})

export const inviteRecord = ({ federationId, ...row }: rows.Invite): InviteRecord => ({
  ...row,
  id: row.id as InviteId,
  role: roleSchema.parse(row.role),
  federation: federationId as FederationId,
})

export const inviteRow = ({ federation, ...record }: InviteRecord): rows.Invite => ({ ...record, federationId: federation })

export const participantRecord = ({ federationId, heldName: _, ...row }: rows.Participant): ParticipantRecord => ({
  ...row,
  id: row.id as ParticipantId,
  federation: federationId as FederationId,
  samples: row.samples === null ? null : toNumber(row.samples),
  bytesUp: toNumber(row.bytesUp),
  bytesDown: toNumber(row.bytesDown),
})

export const participantRow = ({ federation, ...record }: ParticipantRecord): rows.Participant => ({
  ...record,
  federationId: federation,
  heldName: record.leftAt === null ? record.name : null,
  samples: record.samples === null ? null : BigInt(record.samples),
  bytesUp: BigInt(record.bytesUp),
  bytesDown: BigInt(record.bytesDown),
})

export const runRecord = ({ federationId, phase: _, ...row }: rows.Run): RunRecord => ({
  ...row,
  id: row.id as RunId,
  federation: federationId as FederationId,
  config: JSON.parse(row.config) as RunConfig,
  state: JSON.parse(row.state) as RunState,
  metrics: metricsFrom(row.metrics),
  bytesUp: toNumber(row.bytesUp),
  bytesDown: toNumber(row.bytesDown),
})

export const metricsFrom = (json: string): Record<string, number> => JSON.parse(json) as Record<string, number>

export const modelRecord = ({ runId, ...row }: rows.ModelVersion): ModelRecord => ({
  ...row,
  run: runId as RunId,
  bytes: toNumber(row.bytes),
  metrics: metricsFrom(row.metrics),
})

export const modelRow = ({ run, ...record }: ModelRecord): rows.ModelVersion => ({
  ...record,
  runId: run,
  bytes: BigInt(record.bytes),
  metrics: JSON.stringify(record.metrics),
})

export const updateRecord = ({ runId, participantId, ...row }: rows.AcceptedUpdate): UpdateRecord => ({
  ...row,
  run: runId as RunId,
  participant: participantId as ParticipantId,
  bytes: toNumber(row.bytes),
  samples: toNumber(row.samples),
})

export const updateRow = ({ run, participant, ...record }: UpdateRecord): rows.AcceptedUpdate => ({
  ...record,
  runId: run,
  participantId: participant,
  bytes: BigInt(record.bytes),
  samples: BigInt(record.samples),
})

export const metricPoint = ({ runId, ...row }: rows.MetricPoint): MetricPoint => ({
  ...row,
  run: runId as RunId,
  scope: row.scope === 'participant' ? 'participant' : 'global',
  participant: row.participant === '' ? null : row.participant,
})

export const metricRow = ({ run, ...point }: MetricPoint): rows.MetricPoint => ({
  ...point,
  runId: run,
  participant: point.participant ?? '',
})

/** Rows of events that follow `headSeq` without a gap. */
export const eventRows = (run: RunId, headSeq: number, at: Date, events: readonly RunEvent[]): rows.RunEvent[] =>
  events.map((event, index) => ({ runId: run, seq: headSeq + 1 + index, at, event: JSON.stringify(event) }))

export const loggedEvent = (row: rows.RunEvent, stream: string): LoggedEvent => ({
  run: row.runId as RunId,
  stream,
  seq: row.seq,
  at: row.at.toISOString(),
  event: JSON.parse(row.event) as RunEvent,
})
