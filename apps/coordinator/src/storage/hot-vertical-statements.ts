import type * as rows from '../generated/sqlite/client.ts'
import { Prisma } from '../generated/sqlite/client.ts'
import type { DatabaseTransaction } from './database.ts'
import { statementGroups } from './statement-groups.ts'

/* Statements of each message of a vertical run, in the SQL that both databases speak; see hot-statements.ts for why. */

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
