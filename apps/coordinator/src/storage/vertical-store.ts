import type { HubRunState } from '@tributary/federation'
import type {
  FederationId,
  LoggedVerticalEvent,
  MessageKind,
  ParticipantId,
  PartyKeys,
  PartyRole,
  RunId,
  VerticalEvent,
} from '@tributary/protocol'

/** A participant's place in vertical runs. */
export interface PartyRecord {
  participant: ParticipantId
  federation: FederationId
  name: string
  role: PartyRole
  keys: PartyKeys
  rows: number | null
  features: number | null
  registeredAt: Date
  leftAt: Date | null
}

export interface VerticalRunRecord {
  id: RunId
  federation: FederationId
  name: string
  /** The machine's whole state. */
  state: HubRunState
  /** Grows by one with each commit: a commit on an old version is refused. */
  version: number
  stream: string
  headSeq: number
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
  createdBy: string
}

/** A relayed message but for its bytes, which are a blob under `sha256`. */
export interface MailRecord {
  run: RunId
  to: string
  /** Numbers the mail of each receiver by arrival. */
  cursor: number
  from: string
  seq: number
  kind: MessageKind
  step: number
  sha256: string
  prevHash: string
  bytes: number
  at: Date
}

/** Where a message stands, and its bytes. */
export type MailKey = Pick<MailRecord, 'run' | 'to' | 'cursor' | 'sha256'>

/** One step of a vertical run: all of it is written in one transaction, or nothing is. */
export interface VerticalCommit {
  run: RunId
  /** Version that the step was computed from. */
  expectedVersion: number
  at: Date
  state: HubRunState
  /** Get their gapless seq here. */
  events: readonly VerticalEvent[]
  mail?: Omit<MailRecord, 'run' | 'at'>
  /** What is to be done once: the key with a digest of its content. */
  once?: { key: string; digest: string; by: string }
}

/**
 * What of vertical runs must survive a restart, but for the bytes of mail. Refusals are TributaryErrors with their code; other
 * exceptions mean that the storage is broken.
 */
export interface VerticalStore {
  /** Role and counts may change, keys never. @throws party_keys_fixed */
  registerParty(party: Omit<PartyRecord, 'name' | 'leftAt'>): Promise<PartyRecord>
  /** Of participants that have not left, by name. */
  parties(federation: FederationId): Promise<PartyRecord[]>

  createRun(
    record: Omit<VerticalRunRecord, 'version' | 'headSeq' | 'startedAt' | 'endedAt'>,
    events: readonly VerticalEvent[],
  ): Promise<{ run: VerticalRunRecord; events: LoggedVerticalEvent[] }>
  run(id: RunId): Promise<VerticalRunRecord | null>
  /** Newest first. */
  runs(filter: { federation?: FederationId }): Promise<VerticalRunRecord[]>
  liveRuns(): Promise<VerticalRunRecord[]>
  /** Runs that have not ended, or ended after `since`. */
  recentRuns(federation: FederationId, since: Date): Promise<VerticalRunRecord[]>
  /**
   * Writes one step and returns the run as it is now with the new events; durable when it resolves.
   * @throws not_found; action_conflict when the version is old; idempotency_key_reused when the key exists
   */
  commit(commit: VerticalCommit): Promise<{ run: VerticalRunRecord; events: LoggedVerticalEvent[] }>
  /** The digest stored with this key, if any. */
  onceDigest(run: RunId, key: string): Promise<string | null>
  events(run: RunId, range: { after: number; before?: number; limit: number }): Promise<LoggedVerticalEvent[]>

  /** The last message of a directed pair of parties. */
  lastMail(run: RunId, from: string, to: string): Promise<MailRecord | null>
  mailAt(run: RunId, from: string, to: string, seq: number): Promise<MailRecord | null>
  mail(run: RunId, sha256: string): Promise<MailRecord | null>
  /** Mail whose bytes are still there, in order of arrival. */
  inbox(run: RunId, to: string, range: { after: number; limit: number }): Promise<MailRecord[]>
  /** The receiver holds everything up to this cursor. Never goes back. */
  holdMail(run: RunId, to: string, cursor: number): Promise<void>
  /** Mail that need not be kept: of runs (or of this one) that ended, held by its receiver, or ended before `before`. */
  removableMail(filter: { before: Date; limit: number; run?: RunId | undefined }): Promise<MailKey[]>
  markRemoved(mail: readonly MailKey[]): Promise<void>
  /** Those of the hashes whose bytes belong to mail that is kept. */
  keptMail(hashes: readonly string[]): Promise<Set<string>>
}
