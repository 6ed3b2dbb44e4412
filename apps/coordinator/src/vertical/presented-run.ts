import { allowedPartyActions, allowedVerticalActions, type HubRunState } from '@tributary/federation'
import { fingerprintOf, type VerticalParty, type VerticalRun } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import { allowed } from '../access/permissions.ts'
import type { Presence } from '../rounds/run-engine.ts'
import type { PartyRecord, VerticalRunRecord } from '../storage/vertical-store.ts'
import { personsParty } from './caller-as-party.ts'

/** Records of vertical runs as callers see them. */

export function presentVerticalRun(account: Caller, run: VerticalRunRecord): VerticalRun {
  const { id, federation, name, state, createdAt, startedAt, endedAt, createdBy, stream, headSeq } = run
  const { phase, settings, manifest, rows, step, f, head, failure, bytes } = state
  return {
    id,
    federation,
    kind: 'vertical',
    name,
    phase,
    settings,
    parties: state.parties.map((party) => ({
      name: party.name,
      role: party.role,
      fingerprint: party.fingerprint,
      rows: party.rows,
      features: party.features,
      approved: party.signature !== null,
      consented: state.consents.includes(party.name),
      signature: party.signature,
      bytesSent: party.bytesSent,
      bytesReceived: party.bytesReceived,
    })),
    manifest: manifest?.content ?? null,
    manifestSha256: manifest?.sha256 ?? null,
    rows,
    step,
    f,
    head,
    failure,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    createdBy,
    bytes,
    stream,
    headSeq,
    allowedActions: verticalActionsOf(account, state),
  }
}

/** What this caller may do to a run now: steer it, or answer for its party. */
function verticalActionsOf(account: Caller, state: HubRunState): VerticalRun['allowedActions'] {
  if (allowed(account, 'actOnRun')) return allowedVerticalActions(state)
  const party = personsParty(account, state)
  return party === null ? [] : allowedPartyActions(state, party.name)
}

export const presentParty = (party: PartyRecord, presence: Presence): VerticalParty => ({
  federation: party.federation,
  participant: party.participant,
  name: party.name,
  role: party.role,
  keys: party.keys,
  fingerprint: fingerprintOf(party.keys),
  rows: party.rows,
  features: party.features,
  online: presence.online(party.federation).has(party.participant),
})
