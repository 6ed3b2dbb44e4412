import { type FederationId, type LoggedVerticalEvent, type RunId, TributaryError, type VerticalEvent } from '@tributary/protocol'
import { commitVerticalRunIn } from './commit-vertical-run.ts'
import { removableVerticalMail } from './hot-vertical-statements.ts'
import { isDuplicate } from './refusals.ts'
import { statementGroups } from './statement-groups.ts'
import { requireStorable } from './storable-text.ts'
import type { Turns } from './turns.ts'
import { loggedVerticalEvent, mailRecord, partyRecord, verticalEventRows, verticalRunRecord } from './vertical-rows.ts'
import type { MailKey, MailRecord, PartyRecord, VerticalCommit, VerticalRunRecord, VerticalStore } from './vertical-store.ts'

const ENDED = ['completed', 'aborted']
const withParticipant = { participant: { select: { name: true, leftAt: true } } } as const
const NEWEST_FIRST = [{ createdAt: 'desc' }, { id: 'desc' }] as const

/** Vertical runs on SQLite or PostgreSQL. */
export class PrismaVerticalStore implements VerticalStore {
  readonly #turns: Turns

  constructor(turns: Turns) {
    this.#turns = turns
  }

  async registerParty(party: Omit<PartyRecord, 'name' | 'leftAt'>): Promise<PartyRecord> {
    const { participant: participantId, federation: federationId, role, keys, rows, features, registeredAt } = party
    const register = () =>
      this.#turns.transaction(async (tx) => {
        const known = await tx.verticalParty.findUnique({ where: { participantId }, include: withParticipant })
        if (known !== null && (known.signing !== keys.signing || known.sealing !== keys.sealing))
          throw new TributaryError('party_keys_fixed', { name: known.participant.name })
        const data = { role, rows, features }
        const row =
          known === null
            ? await tx.verticalParty.create({
                data: { participantId, federationId, ...keys, ...data, registeredAt },
                include: withParticipant,
              })
            : await tx.verticalParty.update({ where: { participantId }, data, include: withParticipant })
        return partyRecord(row)
      })
    try {
      return await register()
    } catch (error) {
      // Another call registered it at this moment; now it is known.
      if (!isDuplicate(error, 'VerticalParty')) throw error
      return register()
    }
  }

  async parties(federationId: FederationId): Promise<PartyRecord[]> {
    const rows = await this.#turns.do((client) =>
      client.verticalParty.findMany({
        where: { federationId, participant: { leftAt: null } },
        include: withParticipant,
        orderBy: { participant: { name: 'asc' } },
      }),
    )
    return rows.map(partyRecord)
  }

  async createRun(
    { federation, state, ...rest }: Parameters<VerticalStore['createRun']>[0],
    events: readonly VerticalEvent[],
  ): Promise<{ run: VerticalRunRecord; events: LoggedVerticalEvent[] }> {
    requireStorable({ name: rest.name })
    return this.#turns.transaction(async (tx) => {
      const row = await tx.verticalRun.create({
        data: {
          ...rest,
          federationId: federation,
          state: JSON.stringify(state),
          phase: state.phase,
          version: 1,
          headSeq: events.length,
        },
      })
      const eventRows = verticalEventRows(rest.id, 0, rest.createdAt, events)
      await tx.verticalEvent.createMany({ data: eventRows })
      return { run: verticalRunRecord(row), events: eventRows.map((event) => loggedVerticalEvent(event, rest.stream)) }
    })
  }

  async run(id: RunId): Promise<VerticalRunRecord | null> {
    const row = await this.#turns.do((client) => client.verticalRun.findUnique({ where: { id } }))
    return row && verticalRunRecord(row)
  }

  async runs({ federation }: { federation?: FederationId }): Promise<VerticalRunRecord[]> {
    const where = federation === undefined ? {} : { federationId: federation }
    const rows = await this.#turns.do((client) => client.verticalRun.findMany({ where, orderBy: [...NEWEST_FIRST] }))
    return rows.map(verticalRunRecord)
  }

  async liveRuns(): Promise<VerticalRunRecord[]> {
    const where = { phase: { notIn: ENDED } }
    const rows = await this.#turns.do((client) => client.verticalRun.findMany({ where, orderBy: [...NEWEST_FIRST] }))
    return rows.map(verticalRunRecord)
  }

  async recentRuns(federationId: FederationId, since: Date): Promise<VerticalRunRecord[]> {
    const where = { federationId, OR: [{ phase: { notIn: ENDED } }, { endedAt: { gt: since } }] }
    const rows = await this.#turns.do((client) => client.verticalRun.findMany({ where, orderBy: [...NEWEST_FIRST] }))
    return rows.map(verticalRunRecord)
  }

  async commit(commit: VerticalCommit): ReturnType<VerticalStore['commit']> {
    if (commit.once !== undefined) requireStorable({ idempotencyKey: commit.once.key })
    return this.#turns.transaction((tx) => commitVerticalRunIn(tx, commit))
  }

  async onceDigest(runId: RunId, key: string): Promise<string | null> {
    const row = await this.#turns.do((client) => client.verticalOnce.findUnique({ where: { runId_key: { runId, key } } }))
    return row?.digest ?? null
  }

  async events(runId: RunId, range: { after: number; before?: number; limit: number }): Promise<LoggedVerticalEvent[]> {
    const seq = { gt: range.after, ...(range.before === undefined ? {} : { lt: range.before }) }
    const run = await this.#turns.do((client) =>
      client.verticalRun.findUnique({ where: { id: runId }, select: { stream: true } }),
    )
    if (run === null) return []
    const rows = await this.#turns.do((client) =>
      client.verticalEvent.findMany({ where: { runId, seq }, orderBy: { seq: 'asc' }, take: range.limit }),
    )
    return rows.map((row) => loggedVerticalEvent(row, run.stream))
  }

  async lastMail(runId: RunId, sender: string, receiver: string): Promise<MailRecord | null> {
    const where = { runId, sender, receiver }
    const row = await this.#turns.do((client) => client.verticalMail.findFirst({ where, orderBy: { seq: 'desc' } }))
    return row && mailRecord(row)
  }

  async mailAt(runId: RunId, sender: string, receiver: string, seq: number): Promise<MailRecord | null> {
    const where = { runId_sender_receiver_seq: { runId, sender, receiver, seq } }
    const row = await this.#turns.do((client) => client.verticalMail.findUnique({ where }))
    return row && mailRecord(row)
  }

  async mail(runId: RunId, sha256: string): Promise<MailRecord | null> {
    const row = await this.#turns.do((client) => client.verticalMail.findFirst({ where: { runId, sha256, removed: false } }))
    return row && mailRecord(row)
  }

  async inbox(runId: RunId, receiver: string, range: { after: number; limit: number }): Promise<MailRecord[]> {
    const where = { runId, receiver, cursor: { gt: range.after }, removed: false }
    const rows = await this.#turns.do((client) =>
      client.verticalMail.findMany({ where, orderBy: { cursor: 'asc' }, take: range.limit }),
    )
    return rows.map(mailRecord)
  }

  async holdMail(runId: RunId, receiver: string, cursor: number): Promise<void> {
    await this.#turns.transaction(async (tx) => {
      const { count } = await tx.verticalInbox.updateMany({
        where: { runId, receiver, held: { lt: cursor } },
        data: { held: cursor },
      })
      const where = { runId_receiver: { runId, receiver } }
      if (count === 0 && (await tx.verticalInbox.findUnique({ where })) === null)
        await tx.verticalInbox.upsert({ where, create: { runId, receiver, held: cursor }, update: {} })
    })
  }

  removableMail(filter: Parameters<VerticalStore['removableMail']>[0]): Promise<MailKey[]> {
    return this.#turns.do((client) => removableVerticalMail(client, ENDED, filter))
  }

  async markRemoved(mail: readonly MailKey[]): Promise<void> {
    for (const group of statementGroups(mail, ({ run, to }) => `${run}/${to}`)) {
      const [{ run: runId, to: receiver }] = group
      const cursor = { in: group.map((record) => record.cursor) }
      await this.#turns.do((client) =>
        client.verticalMail.updateMany({ where: { runId, receiver, cursor }, data: { removed: true } }),
      )
    }
  }

  async keptMail(hashes: readonly string[]): Promise<Set<string>> {
    const kept = new Set<string>()
    for (const group of statementGroups(hashes)) {
      const where = { sha256: { in: group }, removed: false }
      const rows = await this.#turns.do((client) => client.verticalMail.findMany({ where, select: { sha256: true } }))
      for (const { sha256 } of rows) kept.add(sha256)
    }
    return kept
  }
}
