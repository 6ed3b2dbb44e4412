import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FederationId, InviteId, LoggedEvent, ParticipantId, Role, RunId } from '@tributary/protocol'
import { commitRunIn } from './commit-run.ts'
import type { Database, DatabaseClient, DatabaseTransaction } from './database.ts'
import { redeemInviteIn } from './redeem-invite.ts'
import { refuseDuplicate } from './refusals.ts'
import { retryOnContention } from './retry.ts'
import {
  accountRecord,
  accountRow,
  eventRows,
  federationRecord,
  inviteRecord,
  inviteRow,
  loggedEvent,
  metricPoint,
  modelRecord,
  modelRow,
  participantRecord,
  runRecord,
  updateRecord,
} from './rows.ts'
import { requireStorable } from './storable-text.ts'
import type {
  AccountRecord,
  FederationRecord,
  InviteRecord,
  MetricPoint,
  ModelRecord,
  NewRun,
  ParticipantRecord,
  RunCommit,
  RunRecord,
  Store,
  UpdateRecord,
} from './store.ts'
import type { StoredRound } from './stored-round.ts'

/** Waiting for a turn is no failure: SQLite does one transaction at a time. */
const TRANSACTION = { maxWait: 30_000, timeout: 30_000 }
const ENDED = ['completed', 'failed', 'cancelled']

/** The store on SQLite or PostgreSQL. */
export class PrismaStore implements Store {
  readonly #client: DatabaseClient

  constructor({ client }: Database) {
    this.#client = client
  }

  /** SQLite's driver works synchronously inside: without this turn a loop over the store would starve sockets and timers. */
  async #do<T>(work: () => Promise<T>): Promise<T> {
    const result = await retryOnContention(work)
    await nextTurn()
    return result
  }

  #transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#do(() => this.#client.$transaction(work, TRANSACTION))
  }

  async ping(): Promise<void> {
    await this.#client.$queryRawUnsafe('SELECT 1')
  }

  async close(): Promise<void> {
    await this.#client.$disconnect()
  }

  async createAccount(account: AccountRecord): Promise<void> {
    await this.#do(() => this.#client.account.create({ data: accountRow(account) }))
  }

  async accountByTokenHash(tokenHash: string): Promise<AccountRecord | null> {
    const row = await this.#do(() => this.#client.account.findUnique({ where: { tokenHash, revokedAt: null } }))
    return row && accountRecord(row)
  }

  async countAccounts(role: Role): Promise<number> {
    return this.#do(() => this.#client.account.count({ where: { role, revokedAt: null } }))
  }

  async createFederation(federation: FederationRecord): Promise<void> {
    requireStorable({ name: federation.name })
    await refuseDuplicate('Federation', 'federation_name_taken', { name: federation.name }, () =>
      this.#do(() => this.#client.federation.create({ data: federation })),
    )
  }

  async federations(): Promise<FederationRecord[]> {
    const rows = await this.#do(() => this.#client.federation.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }))
    return rows.map(federationRecord)
  }

  async federation(id: FederationId): Promise<FederationRecord | null> {
    const row = await this.#do(() => this.#client.federation.findUnique({ where: { id } }))
    return row && federationRecord(row)
  }

  async createInvite(invite: InviteRecord): Promise<void> {
    await this.#do(() => this.#client.invite.create({ data: inviteRow(invite) }))
  }

  async invites(federationId: FederationId): Promise<InviteRecord[]> {
    const orderBy = [{ createdAt: 'desc' }, { id: 'asc' }] as const
    const rows = await this.#do(() => this.#client.invite.findMany({ where: { federationId }, orderBy: [...orderBy] }))
    return rows.map(inviteRecord)
  }

  async invite(id: InviteId): Promise<InviteRecord | null> {
    const row = await this.#do(() => this.#client.invite.findUnique({ where: { id } }))
    return row && inviteRecord(row)
  }

  async inviteByCodeHash(codeHash: string): Promise<InviteRecord | null> {
    const row = await this.#do(() => this.#client.invite.findUnique({ where: { codeHash } }))
    return row && inviteRecord(row)
  }

  async revokeInvite(id: InviteId, at: Date): Promise<void> {
    await this.#do(() =>
      this.#client.invite.updateMany({ where: { id, usedAt: null, revokedAt: null }, data: { revokedAt: at } }),
    )
  }

  async redeemInvite(id: InviteId, at: Date, account: AccountRecord, participant: ParticipantRecord | null): Promise<void> {
    await this.#transaction((tx) => redeemInviteIn(tx, id, at, account, participant))
  }

  async participants(federationId: FederationId): Promise<ParticipantRecord[]> {
    const rows = await this.#do(() => this.#client.participant.findMany({ where: { federationId }, orderBy: { name: 'asc' } }))
    return rows.map(participantRecord)
  }

  async participant(id: ParticipantId): Promise<ParticipantRecord | null> {
    const row = await this.#do(() => this.#client.participant.findUnique({ where: { id } }))
    return row && participantRecord(row)
  }

  async updateParticipant(id: ParticipantId, change: Parameters<Store['updateParticipant']>[1]): Promise<void> {
    const { samples, ...rest } = change
    requireStorable(rest)
    const data = samples === undefined ? rest : { ...rest, samples: samples === null ? null : BigInt(samples) }
    await this.#do(() => this.#client.participant.updateMany({ where: { id }, data }))
  }

  async createRun({ record, events, model }: NewRun): Promise<RunRecord> {
    const { federation, config, state, ...rest } = record
    requireStorable({ name: rest.name })
    const row = await this.#transaction(async (tx) => {
      const created = await tx.run.create({
        data: {
          ...rest,
          federationId: federation,
          config: JSON.stringify(config),
          state: JSON.stringify(state),
          phase: state.phase,
          version: 1,
          headSeq: events.length,
          metrics: JSON.stringify(model.metrics),
        },
      })
      await tx.runEvent.createMany({ data: eventRows(record.id, 0, record.createdAt, events) })
      await tx.modelVersion.create({ data: modelRow(model) })
      return created
    })
    return runRecord(row)
  }

  async run(id: RunId): Promise<RunRecord | null> {
    const row = await this.#do(() => this.#client.run.findUnique({ where: { id } }))
    return row && runRecord(row)
  }

  async runs({ federation }: { federation?: FederationId }): Promise<RunRecord[]> {
    const where = federation === undefined ? {} : { federationId: federation }
    const rows = await this.#do(() => this.#client.run.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }))
    return rows.map(runRecord)
  }

  async liveRuns(): Promise<RunRecord[]> {
    const where = { phase: { notIn: ENDED } }
    const rows = await this.#do(() => this.#client.run.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }))
    return rows.map(runRecord)
  }

  async commitRun(commit: RunCommit): Promise<{ run: RunRecord; events: LoggedEvent[] }> {
    if (commit.action !== undefined) requireStorable({ idempotencyKey: commit.action.key })
    return this.#transaction((tx) => commitRunIn(tx, commit))
  }

  async actionDigest(runId: RunId, key: string): Promise<string | null> {
    const row = await this.#do(() => this.#client.runAction.findUnique({ where: { runId_key: { runId, key } } }))
    return row?.digest ?? null
  }

  async events(runId: RunId, range: { after: number; before?: number; limit: number }): Promise<LoggedEvent[]> {
    const seq = { gt: range.after, ...(range.before === undefined ? {} : { lt: range.before }) }
    const run = await this.#do(() => this.#client.run.findUnique({ where: { id: runId }, select: { stream: true } }))
    if (run === null) return []
    const rows = await this.#do(() =>
      this.#client.runEvent.findMany({ where: { runId, seq }, orderBy: { seq: 'asc' }, take: range.limit }),
    )
    return rows.map((row) => loggedEvent(row, run.stream))
  }

  async rounds(runId: RunId): Promise<StoredRound[]> {
    const rows = await this.#do(() => this.#client.runRound.findMany({ where: { runId }, orderBy: { number: 'asc' } }))
    return rows.map((row) => JSON.parse(row.account) as StoredRound)
  }

  async update(runId: RunId, round: number, participantId: ParticipantId): Promise<UpdateRecord | null> {
    const where = { runId_round_participantId: { runId, round, participantId } }
    const row = await this.#do(() => this.#client.acceptedUpdate.findUnique({ where }))
    return row && updateRecord(row)
  }

  async updates(runId: RunId, round: number): Promise<UpdateRecord[]> {
    const where = { runId, round }
    const rows = await this.#do(() => this.#client.acceptedUpdate.findMany({ where, orderBy: { participantId: 'asc' } }))
    return rows.map(updateRecord)
  }

  async models(runId: RunId): Promise<ModelRecord[]> {
    const rows = await this.#do(() => this.#client.modelVersion.findMany({ where: { runId }, orderBy: { round: 'asc' } }))
    return rows.map(modelRecord)
  }

  async runsWithModel(sha256: string): Promise<{ run: RunId; federation: FederationId }[]> {
    const include = { run: { select: { federationId: true } } }
    const rows = await this.#do(() => this.#client.modelVersion.findMany({ where: { sha256 }, include, distinct: ['runId'] }))
    return rows.map((row) => ({ run: row.runId as RunId, federation: row.run.federationId as FederationId }))
  }

  async metricPoints(runId: RunId, filter: { scope: 'global' | 'participant'; name?: string }): Promise<MetricPoint[]> {
    const rows = await this.#do(() =>
      this.#client.metricPoint.findMany({
        where: { runId, ...filter },
        orderBy: [{ name: 'asc' }, { participant: 'asc' }, { round: 'asc' }],
      }),
    )
    return rows.map(metricPoint)
  }
}
