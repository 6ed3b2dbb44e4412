import type { FederationId, InviteId, LoggedEvent, ParticipantId, Role, RunId } from '@tributary/protocol'
import type { AccountsStore } from './accounts-store.ts'
import { commitRunIn } from './commit-run.ts'
import type { Database } from './database.ts'
import type { Provider } from './migrations.ts'
import { PrismaAccountsStore } from './prisma-accounts-store.ts'
import { PrismaVerticalStore } from './prisma-vertical-store.ts'
import { readCurves } from './read-curves.ts'
import { readEvents, readKeptModels, readMetricPoints, readRound, readRounds } from './read-history.ts'
import { redeemInviteIn } from './redeem-invite.ts'
import { refuseDuplicate } from './refusals.ts'
import { Remembered } from './remembered.ts'
import {
  accountRecord,
  accountRow,
  eventRows,
  federationRecord,
  inviteRecord,
  inviteRow,
  modelRecord,
  modelRow,
  participantRecord,
  runRecord,
  updateRecord,
} from './rows.ts'
import { requireStorable } from './storable-text.ts'
import type {
  AccountRecord,
  Credential,
  CurveFilter,
  FederationRecord,
  InviteRecord,
  MetricCurve,
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
import { Turns } from './turns.ts'
import type { VerticalStore } from './vertical-store.ts'

interface ModelOwner {
  run: RunId
  federation: FederationId
}

const ENDED = ['completed', 'failed', 'cancelled']

/** The store on SQLite or PostgreSQL. */
export class PrismaStore implements Store {
  readonly vertical: VerticalStore
  readonly people: AccountsStore
  readonly #turns: Turns
  readonly #provider: Provider
  readonly #credentials: Remembered<Credential>
  readonly #modelOwners: Remembered<ModelOwner[]>

  constructor({ client, provider }: Database) {
    this.#turns = new Turns(client)
    this.#provider = provider
    // One process owns an SQLite file; on PostgreSQL there may be another coordinator.
    this.#credentials = new Remembered(provider === 'sqlite')
    this.#modelOwners = new Remembered(provider === 'sqlite')
    this.vertical = new PrismaVerticalStore(this.#turns)
    this.people = new PrismaAccountsStore(this.#turns)
  }

  async ping(): Promise<void> {
    await this.#turns.do((client) => client.$queryRawUnsafe('SELECT 1'))
  }

  close(): Promise<void> {
    return this.#turns.close()
  }

  async createAccount(account: AccountRecord): Promise<void> {
    await this.#turns.do((client) => client.account.create({ data: accountRow(account) }))
  }

  async accountByTokenHash(tokenHash: string): Promise<AccountRecord | null> {
    const row = await this.#turns.do((client) => client.account.findUnique({ where: { tokenHash, revokedAt: null } }))
    return row && accountRecord(row)
  }

  credential(tokenHash: string): Promise<Credential | null> {
    return this.#credentials.get(tokenHash, async () => {
      const account = await this.accountByTokenHash(tokenHash)
      if (account === null) return null
      return { account, left: account.participant !== null && (await this.participant(account.participant))?.leftAt !== null }
    })
  }

  async countAccounts(role: Role): Promise<number> {
    return this.#turns.do((client) => client.account.count({ where: { role, revokedAt: null } }))
  }

  async createFederation(federation: FederationRecord): Promise<void> {
    requireStorable({ name: federation.name })
    await refuseDuplicate('Federation', 'federation_name_taken', { name: federation.name }, () =>
      this.#turns.do((client) => client.federation.create({ data: federation })),
    )
  }

  async federations(): Promise<FederationRecord[]> {
    const rows = await this.#turns.do((client) => client.federation.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }))
    return rows.map(federationRecord)
  }

  async federation(id: FederationId): Promise<FederationRecord | null> {
    const row = await this.#turns.do((client) => client.federation.findUnique({ where: { id } }))
    return row && federationRecord(row)
  }

  async createInvite(invite: InviteRecord): Promise<void> {
    await this.#turns.do((client) => client.invite.create({ data: inviteRow(invite) }))
  }

  async invites(federationId: FederationId): Promise<InviteRecord[]> {
    const orderBy = [{ createdAt: 'desc' }, { id: 'asc' }] as const
    const rows = await this.#turns.do((client) => client.invite.findMany({ where: { federationId }, orderBy: [...orderBy] }))
    return rows.map(inviteRecord)
  }

  async invite(id: InviteId): Promise<InviteRecord | null> {
    const row = await this.#turns.do((client) => client.invite.findUnique({ where: { id } }))
    return row && inviteRecord(row)
  }

  async inviteByCodeHash(codeHash: string): Promise<InviteRecord | null> {
    const row = await this.#turns.do((client) => client.invite.findUnique({ where: { codeHash } }))
    return row && inviteRecord(row)
  }

  async revokeInvite(id: InviteId, at: Date): Promise<void> {
    await this.#turns.do((client) =>
      client.invite.updateMany({ where: { id, usedAt: null, revokedAt: null }, data: { revokedAt: at } }),
    )
  }

  async redeemInvite(id: InviteId, at: Date, account: AccountRecord, participant: ParticipantRecord | null): Promise<void> {
    await this.#turns.transaction((tx) => redeemInviteIn(tx, id, at, account, participant))
  }

  async participants(federationId: FederationId): Promise<ParticipantRecord[]> {
    const orderBy = [{ name: 'asc' }, { joinedAt: 'asc' }, { id: 'asc' }] as const
    const rows = await this.#turns.do((client) => client.participant.findMany({ where: { federationId }, orderBy: [...orderBy] }))
    return rows.map(participantRecord)
  }

  async participant(id: ParticipantId): Promise<ParticipantRecord | null> {
    const row = await this.#turns.do((client) => client.participant.findUnique({ where: { id } }))
    return row && participantRecord(row)
  }

  async updateParticipant(id: ParticipantId, change: Parameters<Store['updateParticipant']>[1]): Promise<void> {
    const { samples, ...rest } = change
    requireStorable(rest)
    const data = {
      ...rest,
      ...(rest.leftAt == null ? {} : { heldName: null }),
      ...(samples === undefined ? {} : { samples: samples === null ? null : BigInt(samples) }),
    }
    await this.#turns
      .do((client) => client.participant.updateMany({ where: { id }, data }))
      .finally(() => {
        if (change.leftAt !== undefined) this.#credentials.forget()
      })
  }

  async createRun({ record, events, model }: NewRun): Promise<RunRecord> {
    const { federation, config, state, ...rest } = record
    requireStorable({ name: rest.name })
    const row = await this.#turns
      .transaction(async (tx) => {
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
      .finally(() => this.#modelOwners.forget())
    return runRecord(row)
  }

  async run(id: RunId): Promise<RunRecord | null> {
    const row = await this.#turns.do((client) => client.run.findUnique({ where: { id } }))
    return row && runRecord(row)
  }

  async runs({ federation }: { federation?: FederationId }): Promise<RunRecord[]> {
    const where = federation === undefined ? {} : { federationId: federation }
    const rows = await this.#turns.do((client) =>
      client.run.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }),
    )
    return rows.map(runRecord)
  }

  async liveRuns(): Promise<RunRecord[]> {
    const where = { phase: { notIn: ENDED } }
    const rows = await this.#turns.do((client) => client.run.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }))
    return rows.map(runRecord)
  }

  async commitRun(commit: RunCommit): Promise<{ run: RunRecord; events: LoggedEvent[] }> {
    if (commit.action !== undefined) requireStorable({ idempotencyKey: commit.action.key })
    return this.#turns
      .transaction((tx) => commitRunIn(tx, this.#provider, commit))
      .finally(() => {
        if (commit.model !== undefined) this.#modelOwners.forget()
      })
  }

  async actionDigest(runId: RunId, key: string): Promise<string | null> {
    const row = await this.#turns.do((client) => client.runAction.findUnique({ where: { runId_key: { runId, key } } }))
    return row?.digest ?? null
  }

  events(runId: RunId, range: { after: number; before?: number; limit: number }): Promise<LoggedEvent[]> {
    return readEvents(this.#turns, runId, range)
  }

  rounds(runId: RunId, range?: { after: number; limit: number }): Promise<StoredRound[]> {
    return readRounds(this.#turns, runId, range)
  }

  round(runId: RunId, number: number): Promise<StoredRound | null> {
    return readRound(this.#turns, runId, number)
  }

  async update(runId: RunId, round: number, participantId: ParticipantId): Promise<UpdateRecord | null> {
    const where = { runId_round_participantId: { runId, round, participantId } }
    const row = await this.#turns.do((client) => client.acceptedUpdate.findUnique({ where }))
    return row && updateRecord(row)
  }

  async updates(runId: RunId, round: number): Promise<UpdateRecord[]> {
    const where = { runId, round }
    const rows = await this.#turns.do((client) => client.acceptedUpdate.findMany({ where, orderBy: { participantId: 'asc' } }))
    return rows.map(updateRecord)
  }

  async models(runId: RunId): Promise<ModelRecord[]> {
    const rows = await this.#turns.do((client) => client.modelVersion.findMany({ where: { runId }, orderBy: { round: 'asc' } }))
    return rows.map(modelRecord)
  }

  async runsWithModel(sha256: string): Promise<ModelOwner[]> {
    const owners = await this.#modelOwners.get(sha256, async () => {
      const include = { run: { select: { federationId: true } } }
      const rows = await this.#turns.do((client) =>
        client.modelVersion.findMany({ where: { sha256 }, include, distinct: ['runId'] }),
      )
      if (rows.length === 0) return null
      return rows.map((row) => ({ run: row.runId as RunId, federation: row.run.federationId as FederationId }))
    })
    return owners ?? []
  }

  keptModels(hashes: readonly string[]): Promise<Set<string>> {
    return readKeptModels(this.#turns, hashes)
  }

  metricPoints(runId: RunId, filter: { scope: 'global' | 'participant'; name?: string }): Promise<MetricPoint[]> {
    return readMetricPoints(this.#turns, runId, filter)
  }

  metricCurves(runId: RunId, filter: CurveFilter): Promise<MetricCurve[]> {
    return this.#turns.do((client) => readCurves(client, this.#provider, runId, filter))
  }
}
