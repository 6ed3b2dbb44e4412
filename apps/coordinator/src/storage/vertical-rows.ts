import type { HubRunState } from '@tributary/federation'
import {
  type FederationId,
  type LoggedVerticalEvent,
  messageKindSchema,
  type ParticipantId,
  partyRoleSchema,
  type RunId,
  type VerticalEvent,
} from '@tributary/protocol'
import type * as rows from '../generated/sqlite/client.ts'
import { toNumber } from './rows.ts'
import type { MailRecord, PartyRecord, VerticalRunRecord } from './vertical-store.ts'

/* Rows of the database ↔ records of vertical runs; text that is narrowed by a cast was written by this folder and nothing else. */

export const partyRecord = ({
  participant,
  ...row
}: rows.VerticalParty & { participant: { name: string; leftAt: Date | null } }): PartyRecord => ({
  participant: row.participantId as ParticipantId,
  federation: row.federationId as FederationId,
  name: participant.name,
  role: partyRoleSchema.parse(row.role),
  keys: { signing: row.signing, sealing: row.sealing },
  rows: row.rows,
  features: row.features,
  registeredAt: row.registeredAt,
  leftAt: participant.leftAt,
})

export const verticalRunRecord = ({ federationId, phase: _, ...row }: rows.VerticalRun): VerticalRunRecord => ({
  ...row,
  id: row.id as RunId,
  federation: federationId as FederationId,
  state: stateOf(row.state),
})

/** A run that was written before openings were counted and persons asked has none. */
function stateOf(json: string): HubRunState {
  const state = JSON.parse(json) as Omit<HubRunState, 'openings' | 'consents'> &
    Partial<Pick<HubRunState, 'openings' | 'consents'>>
  return { ...state, openings: state.openings ?? {}, consents: state.consents ?? [] }
}

export const mailRecord = ({ runId, receiver, sender, removed: _, ...row }: rows.VerticalMail): MailRecord => ({
  ...row,
  run: runId as RunId,
  to: receiver,
  from: sender,
  kind: messageKindSchema.parse(row.kind),
  bytes: toNumber(row.bytes),
})

export const mailRow = ({ run, to, from, ...record }: MailRecord): Omit<rows.VerticalMail, 'removed'> => ({
  ...record,
  runId: run,
  receiver: to,
  sender: from,
  bytes: BigInt(record.bytes),
})

/** Rows of events that follow `headSeq` without a gap. */
export const verticalEventRows = (
  run: RunId,
  headSeq: number,
  at: Date,
  events: readonly VerticalEvent[],
): rows.VerticalEvent[] =>
  events.map((event, index) => ({ runId: run, seq: headSeq + 1 + index, at, event: JSON.stringify(event) }))

export const loggedVerticalEvent = (row: rows.VerticalEvent, stream: string): LoggedVerticalEvent => ({
  run: row.runId as RunId,
  stream,
  seq: row.seq,
  at: row.at.toISOString(),
  event: JSON.parse(row.event) as VerticalEvent,
})
