import { type OpenRound, openRoundOf, type RoundMember } from '@tributary/federation'
import type { Federation, Invite, Me, ModelVersion, Participant, Round, Run } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import { allowed, runActionsOf } from '../access/permissions.ts'
import type { View } from '../access/view.ts'
import type { Presence } from '../rounds/run-engine.ts'
import type { FederationRecord, InviteRecord, ModelRecord, ParticipantRecord, RunRecord } from '../storage/store.ts'
import type { StoredRound } from '../storage/stored-round.ts'
import { failureInView, participantInView, roundInView } from './in-view.ts'

/** Records as callers see them. */
const iso = (at: Date | number): string => new Date(at).toISOString()
const isoOrNull = (at: Date | number | null): string | null => (at === null ? null : iso(at))

export function presentFederation(
  account: Caller,
  { id, name, createdAt }: FederationRecord,
  participants: readonly ParticipantRecord[],
  presence: Presence,
): Federation {
  const allowedActions: Federation['allowedActions'] = [
    ...(allowed(account, 'invite') ? (['invite'] as const) : []),
    ...(allowed(account, 'createRun') ? (['createRun'] as const) : []),
    ...(account.own === null ? [] : (['leave'] as const)),
  ]
  const active = participants.filter(({ leftAt }) => leftAt === null)
  return {
    id,
    name,
    kind: 'horizontal',
    createdAt: iso(createdAt),
    participants: active.length,
    online: presence.online(id).size,
    allowedActions,
  }
}

export function inviteState({ usedAt, revokedAt, expiresAt }: InviteRecord, now: number): Invite['state'] {
  if (usedAt !== null) return 'used'
  if (revokedAt !== null) return 'revoked'
  return expiresAt.getTime() <= now ? 'expired' : 'pending'
}

export function presentInvite(account: Caller, invite: InviteRecord, now: number): Invite {
  const { id, federation, role, name, createdAt, expiresAt } = invite
  const state = inviteState(invite, now)
  const allowedActions: Invite['allowedActions'] = state === 'pending' && allowed(account, 'invite') ? ['revoke'] : []
  return { id, federation, role, name, state, createdAt: iso(createdAt), expiresAt: iso(expiresAt), allowedActions }
}

export function presentParticipant(participant: ParticipantRecord, presence: Presence, view: View): Participant {
  const { leftAt, joinedAt, lastSeenAt, ...rest } = participant
  const whole: Participant = {
    ...rest,
    joinedAt: iso(joinedAt),
    lastSeenAt: isoOrNull(lastSeenAt),
    state: leftAt === null ? 'active' : 'left',
    online: presence.online(participant.federation).has(participant.id),
  }
  return participantInView(whole, view)
}

export function presentRun(account: Caller, run: RunRecord, view: View): Run {
  const { id, federation, name, config, state, metrics, bytesUp, bytesDown, createdBy, stream, headSeq } = run
  return {
    id,
    federation,
    name,
    phase: state.phase,
    pausePending: state.pausePending,
    config,
    round: state.round,
    deadlineAt: state.phase === 'training' ? iso(state.open.deadlineAt) : null,
    modelSha256: state.modelSha256,
    failure: state.phase === 'failed' || state.phase === 'cancelled' ? failureInView(state.failure, view) : null,
    metrics,
    createdAt: iso(run.createdAt),
    startedAt: isoOrNull(run.startedAt),
    endedAt: isoOrNull(run.endedAt),
    createdBy,
    bytesUp,
    bytesDown,
    stream,
    headSeq,
    allowedActions: runActionsOf(account, state),
  }
}

/** The lasting accounts, then the round that is open now. */
export function presentRounds(run: RunRecord, stored: readonly StoredRound[], view: View): Round[] {
  return wholeRounds(run, stored).map((round) => roundInView(round, view))
}

function wholeRounds(run: RunRecord, stored: readonly StoredRound[]): Round[] {
  const rounds = stored.map((round): Round => {
    const { open, phase, closedAt, modelSha256, metrics, weights } = round
    return {
      ...frame(run, open),
      phase,
      closedAt: iso(closedAt),
      modelSha256,
      participants: members(open, true, weights),
      metrics,
    }
  })
  const open = openRoundOf(run.state)
  const { phase } = run.state
  if (open === null || (phase !== 'training' && phase !== 'aggregating' && phase !== 'evaluating')) return rounds
  const modelSha256 = run.state.phase === 'evaluating' ? run.state.aggregatedSha256 : null
  return [
    ...rounds,
    { ...frame(run, open), phase, closedAt: null, modelSha256, participants: members(open, false, {}), metrics: {} },
  ]
}

const frame = (run: RunRecord, open: OpenRound) => ({
  run: run.id,
  round: open.number,
  openedAt: iso(open.openedAt),
  deadlineAt: iso(open.deadlineAt),
})

const members = (open: OpenRound, closed: boolean, weights: Record<string, number>): Round['participants'] =>
  open.members.map((member: RoundMember) => {
    const { id, name, status, selectedAt, downloadedAt, uploadedAt, update, rejects } = member
    const unanswered = closed && (status === 'selected' || status === 'downloaded')
    return {
      participant: id,
      name,
      state: unanswered ? 'missing' : status,
      samples: update?.samples ?? null,
      weight: weights[name] ?? null,
      loss: update?.report.loss ?? null,
      trainSeconds: update?.report.seconds ?? null,
      bytes: update?.bytes ?? null,
      selectedAt: iso(selectedAt),
      downloadedAt: isoOrNull(downloadedAt),
      uploadedAt: isoOrNull(uploadedAt),
      rejects,
    }
  })

export const presentModel = ({ createdAt, ...rest }: ModelRecord): ModelVersion => ({ ...rest, createdAt: iso(createdAt) })

export const presentMe = ({ id, name, role, federation, own }: Caller): Me => ({
  account: id,
  name,
  role,
  federation,
  participant: own?.id ?? null,
})
