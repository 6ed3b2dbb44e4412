import type { RunId } from '@tributary/protocol'
import type * as rows from '../generated/sqlite/client.ts'
import { Prisma } from '../generated/sqlite/client.ts'
import type { DatabaseTransaction } from './database.ts'
import { statementGroups } from './statement-groups.ts'
import type { MailKey } from './vertical-store.ts'

/* Statements of messages of vertical runs, in the SQL that both databases speak; see hot-statements.ts for why. */

/** Writes what a step changes over the version that it was computed from. @returns rows written: 0 when the version is another */
export function updateVerticalRun(
  tx: DatabaseTransaction,
  row: Pick<rows.VerticalRun, 'id' | 'state' | 'phase' | 'version' | 'headSeq' | 'startedAt' | 'endedAt'>,
  version: number,
): Promise<number> {
  return tx.$executeRaw(Prisma.sql`
    UPDATE "VerticalRun" SET "version" = ${row.version}, "headSeq" = ${row.headSeq}, "state" = ${row.state},
      "phase" = ${row.phase}, "startedAt" = ${row.startedAt}, "endedAt" = ${row.endedAt}
    WHERE "id" = ${row.id} AND "version" = ${version}`)
}

export async function insertVerticalEvents(tx: DatabaseTransaction, events: readonly rows.VerticalEvent[]): Promise<void> {
  for (const group of statementGroups(events)) {
    const values = group.map(({ runId, seq, at, event }) => Prisma.sql`(${runId}, ${seq}, ${at}, ${event})`)
    await tx.$executeRaw(Prisma.sql`INSERT INTO "VerticalEvent" ("runId", "seq", "at", "event") VALUES ${Prisma.join(values)}`)
  }
}

export function insertVerticalMail(tx: DatabaseTransaction, row: Omit<rows.VerticalMail, 'removed'>): Promise<number> {
  const { runId, receiver, cursor, sender, seq, kind, step, sha256, prevHash, bytes, at } = row
  return tx.$executeRaw(Prisma.sql`
    INSERT INTO "VerticalMail"
      ("runId", "receiver", "cursor", "sender", "seq", "kind", "step", "sha256", "prevHash", "bytes", "at")
    VALUES (${runId}, ${receiver}, ${cursor}, ${sender}, ${seq}, ${kind}, ${step}, ${sha256}, ${prevHash}, ${bytes}, ${at})`)
}

/** Mail of runs in these phases that its receiver holds, or whose run ended before `before`; of one run or of all. */
export async function removableVerticalMail(
  client: DatabaseTransaction,
  phases: readonly string[],
  { before, limit, run }: { before: Date; limit: number; run?: RunId | undefined },
): Promise<MailKey[]> {
  const ofRun = run === undefined ? Prisma.empty : Prisma.sql`AND m."runId" = ${run}`
  const found = await client.$queryRaw<{ runId: RunId; receiver: string; cursor: number | bigint; sha256: string }[]>(Prisma.sql`
    SELECT m."runId", m."receiver", m."cursor", m."sha256" FROM "VerticalMail" m
      JOIN "VerticalRun" r ON r."id" = m."runId"
      LEFT JOIN "VerticalInbox" i ON i."runId" = m."runId" AND i."receiver" = m."receiver"
    WHERE NOT m."removed" AND r."phase" IN (${Prisma.join(phases)}) ${ofRun}
      AND (m."cursor" <= COALESCE(i."held", 0) OR r."endedAt" < ${before})
    ORDER BY m."runId", m."receiver", m."cursor" LIMIT ${limit}`)
  return found.map(({ runId, receiver, cursor, sha256 }) => ({ run: runId, to: receiver, cursor: Number(cursor), sha256 }))
}
