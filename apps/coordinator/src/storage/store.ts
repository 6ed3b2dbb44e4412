import type { RunState } from '@tributary/federation'
import type {
  AccountId,
  FederationId,
  InviteId,
  LoggedEvent,
  ParticipantId,
  Role,
  RunConfig,
  RunEvent,
  RunId,
} from '@tributary/protocol'
import type { AccountsStore } from './accounts-store.ts'
import type { StoredRound } from './stored-round.ts'
import type { VerticalStore } from './vertical-store.ts'

/** Who may call: one row for each credential. Only the hash of a token is stored. */
export interface AccountRecord {
  id: AccountId
  name: string
  role: Role
  /** SHA-256 of the token, hex. Tokens are 256 random bits: a slow hash would add nothing. */
  tokenHash: string
  /** null for an admin of the whole coordinator. */
  federation: FederationId | null
  participant: ParticipantId | null
  createdAt: Date
  revokedAt: Date | null
}

/** Who presents a token. */
export interface Credential {
  account: AccountRecord
  /** Its participant has left the federation. */
  left: boolean
}

export interface FederationRecord {
  id: FederationId
  name: string
  createdAt: Date
}

export interface InviteRecord {
  id: InviteId
  federation: FederationId
  role: Role
  name: string | null
  codeHash: string
  createdAt: Date
  expiresAt: Date
  usedAt: Date | null
  revokedAt: Date | null
}

export interface ParticipantRecord {
  id: ParticipantId
  federation: FederationId
  name: string
  joinedAt: Date
  leftAt: Date | null
  lastSeenAt: Date | null
  samples: number | null
  backend: string | null
  clientVersion: string | null
  roundsCounted: number
  bytesUp: number
  bytesDown: number
}

export interface RunRecord {
  id: RunId
  federation: FederationId
  name: string
  config: RunConfig
  /** The machine's whole state. */
  state: RunState
  /** Grows by one with each commit: a commit on an old version is refused. */
  version: number
  stream: string
  headSeq: number
  /** Newest global metrics by name. */
  metrics: Record<string, number>
  bytesUp: number
  bytesDown: number
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
  createdBy: string
}

export interface ModelRecord {
  run: RunId
  round: number
  sha256: string
  bytes: number
  createdAt: Date
  metrics: Record<string, number>
}

export interface MetricPoint {
  run: RunId
  round: number
  scope: 'global' | 'participant'
  /** Name of the participant, null for the global scope. */
  participant: string | null
  name: string
  value: number
}

/** Points of one metric, of one participant or of the run, by round. */
export interface MetricCurve {
  name: string
  /** null for the global scope. */
  participant: string | null
  rounds: number[]
  values: number[]
}

export interface CurveFilter {
  scope: 'global' | 'participant'
  name?: string
  participant?: string
  /** Rounds from … to, both included. */
  from?: number
  to?: number
}

/** An acknowledged update. One for each run, round and participant. */
export interface UpdateRecord {
  run: RunId
  round: number
  participant: ParticipantId
  sha256: string
  bytes: number
  samples: number
  acceptedAt: Date
}

/** One step of a run, or several that were taken together: everything in it is written in one transaction, or nothing is. */
export interface RunCommit {
  run: RunId
  /** Version that the step was computed from. */
  expectedVersion: number
  at: Date
  /** Left out when only events are added. */
  state?: RunState
  /** Get their gapless seq here. */
  events: readonly RunEvent[]
  /** The round's account, written when it closes or is abandoned. */
  round?: StoredRound
  updates?: readonly UpdateRecord[]
  model?: ModelRecord
  /** Also become the run's newest metrics (global scope) and the model's of that round. */
  metrics?: readonly MetricPoint[]
  bytesUp?: number
  bytesDown?: number
  /** Added to these participants' account; one may stand there several times. */
  participants?: readonly { id: ParticipantId; roundsCounted?: number; bytesUp?: number; bytesDown?: number }[]
  startedAt?: Date
  endedAt?: Date
  /** Makes an action idempotent: the key with a digest of its content. */
  action?: { key: string; digest: string; by: string }
}

export interface NewRun {
  record: Omit<RunRecord, 'version' | 'headSeq' | 'metrics' | 'bytesUp' | 'bytesDown'>
  events: readonly RunEvent[]
  model: ModelRecord
}

/**
 * All that must survive a restart but blobs. Refusals (a name taken, an old version) are TributaryErrors with their code;
 * other exceptions mean that the storage is broken. Text that would come back changed (see requireStorable) is a bad_request.
 */
export interface Store {
  readonly vertical: VerticalStore
  /** People; programs that take part have an account here. */
  readonly people: AccountsStore
  /** Throws when the database cannot be reached. */
  ping(): Promise<void>
  close(): Promise<void>

  createAccount(account: AccountRecord): Promise<void>
  /** Only accounts that are not revoked. */
  accountByTokenHash(tokenHash: string): Promise<AccountRecord | null>
  /** As accountByTokenHash; asked with every call, so it is quick. */
  credential(tokenHash: string): Promise<Credential | null>
  countAccounts(role: Role): Promise<number>

  /** @throws federation_name_taken */
  createFederation(federation: FederationRecord): Promise<void>
  federations(): Promise<FederationRecord[]>
  federation(id: FederationId): Promise<FederationRecord | null>

  createInvite(invite: InviteRecord): Promise<void>
  invites(federation: FederationId): Promise<InviteRecord[]>
  invite(id: InviteId): Promise<InviteRecord | null>
  inviteByCodeHash(codeHash: string): Promise<InviteRecord | null>
  /** Does nothing to one that was revoked or used before. */
  revokeInvite(id: InviteId, at: Date): Promise<void>
  /**
   * Uses an invite and creates its account (and participant, for an institution) in one transaction: of two calls at the
   * same moment one wins.
   * @throws invite_used, invite_revoked, invite_expired, participant_name_taken; bad_request when the token is in use
   */
  redeemInvite(id: InviteId, at: Date, account: AccountRecord, participant: ParticipantRecord | null): Promise<void>

  /** Those who have left as well. A name has one holder at a time: whoever leaves frees it, and stays here under the own id. */
  participants(federation: FederationId): Promise<ParticipantRecord[]>
  participant(id: ParticipantId): Promise<ParticipantRecord | null>
  updateParticipant(
    id: ParticipantId,
    change: Partial<Pick<ParticipantRecord, 'leftAt' | 'lastSeenAt' | 'samples' | 'backend' | 'clientVersion'>>,
  ): Promise<void>

  createRun(run: NewRun): Promise<RunRecord>
  run(id: RunId): Promise<RunRecord | null>
  /** Newest first. */
  runs(filter: { federation?: FederationId }): Promise<RunRecord[]>
  /** Runs that have not ended. */
  liveRuns(): Promise<RunRecord[]>
  /**
   * Writes one commit and returns the run as it is now with the new events; durable when it resolves.
   * @throws action_conflict when the version is old; idempotency_key_reused when the key exists; update_already_accepted
   */
  commitRun(commit: RunCommit): Promise<{ run: RunRecord; events: LoggedEvent[] }>
  /** The digest stored with this key, if any. */
  actionDigest(run: RunId, key: string): Promise<string | null>

  events(run: RunId, range: { after: number; before?: number; limit: number }): Promise<LoggedEvent[]>
  /** Closed and abandoned rounds with `after` < number, in order; an account has some kilobytes for each ten participants. */
  rounds(run: RunId, range?: { after: number; limit: number }): Promise<StoredRound[]>
  round(run: RunId, number: number): Promise<StoredRound | null>
  update(run: RunId, round: number, participant: ParticipantId): Promise<UpdateRecord | null>
  /** Hashes of updates that no live round needs any more are not here: see blobs' sweep. */
  updates(run: RunId, round: number): Promise<UpdateRecord[]>
  models(run: RunId): Promise<ModelRecord[]>
  /** Runs that hold a model with this hash, for the check of who may download it. */
  runsWithModel(sha256: string): Promise<{ run: RunId; federation: FederationId }[]>
  /** Those of the hashes that are a model of a run. */
  keptModels(hashes: readonly string[]): Promise<Set<string>>
  metricPoints(run: RunId, filter: { scope: 'global' | 'participant'; name?: string }): Promise<MetricPoint[]>
  /** The same points as columns, by name and participant: for a hundred thousand of them. */
  metricCurves(run: RunId, filter: CurveFilter): Promise<MetricCurve[]>
}
