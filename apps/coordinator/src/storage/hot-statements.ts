import type * as rows from '../generated/sqlite/client.ts'
import { Prisma } from '../generated/sqlite/client.ts'
import type { DatabaseTransaction } from './database.ts'
import { statementGroups } from './statement-groups.ts'

/*
 * Statements of each step of a run, in the SQL that both databases speak. Prisma would compile the same writes anew for almost
 * each call: its plans depend on how many rows there are and which of their values are equal.
 */

/** Writes a run's row over the version that it was computed from. @returns rows written: 0 when the version is another */
export function updateRun(tx: DatabaseTransaction, row: rows.Run, version: number): Promise<number> {
  return tx.$executeRaw(Prisma.sql`
    UPDATE "Run" SET "version" = ${row.version}, "headSeq" = ${row.headSeq}, "state" = ${row.state}, "phase" = ${row.phase},
      "metrics" = ${row.metrics}, "bytesUp" = ${row.bytesUp}, "bytesDown" = ${row.bytesDown},
      "startedAt" = ${row.startedAt}, "endedAt" = ${row.endedAt}
    WHERE "id" = ${row.id} AND "version" = ${version}`)
}

export async function insertEvents(tx: DatabaseTransaction, events: readonly rows.RunEvent[]): Promise<void> {
  for (const group of statementGroups(events)) {
    const values = group.map(({ runId, seq, at, event }) => Prisma.sql`(${runId}, ${seq}, ${at}, ${event})`)
    await tx.$executeRaw(Prisma.sql`INSERT INTO "RunEvent" ("runId", "seq", "at", "event") VALUES ${Prisma.join(values)}`)
  }
}

/** @returns rows written: fewer than given when one of them is there already */
export async function insertUpdates(tx: DatabaseTransaction, updates: readonly rows.AcceptedUpdate[]): Promise<number> {
  let written = 0
  for (const group of statementGroups(updates)) {
    const values = group.map(
      ({ runId, round, participantId, sha256, bytes, samples, acceptedAt }) =>
        Prisma.sql`(${runId}, ${round}, ${participantId}, ${sha256}, ${bytes}, ${samples}, ${acceptedAt})`,
    )
    written += await tx.$executeRaw(Prisma.sql`
      INSERT INTO "AcceptedUpdate" ("runId", "round", "participantId", "sha256", "bytes", "samples", "acceptedAt")
      VALUES ${Prisma.join(values)} ON CONFLICT DO NOTHING`)
  }
  return written
}

/** A point that is there already is replaced. No two of the points may be the same one. */
export async function putMetrics(tx: DatabaseTransaction, points: readonly rows.MetricPoint[]): Promise<void> {
  for (const group of statementGroups(points)) {
    const values = group.map(
      ({ runId, scope, name, participant, round, value }) =>
        Prisma.sql`(${runId}, ${scope}, ${name}, ${participant}, ${round}, ${value})`,
    )
    await tx.$executeRaw(Prisma.sql`
      INSERT INTO "MetricPoint" ("runId", "scope", "name", "participant", "round", "value") VALUES ${Prisma.join(values)}
      ON CONFLICT ("runId", "scope", "name", "participant", "round") DO UPDATE SET "value" = excluded."value"`)
  }
}

export interface Addition {
  roundsCounted: number
  bytesUp: number
  bytesDown: number
}

/** Adds the same to the accounts of these participants. */
export async function addToParticipants(tx: DatabaseTransaction, ids: readonly string[], added: Addition): Promise<void> {
  await tx.$executeRaw(Prisma.sql`
    UPDATE "Participant" SET "roundsCounted" = "roundsCounted" + ${added.roundsCounted},
      "bytesUp" = "bytesUp" + ${BigInt(added.bytesUp)}, "bytesDown" = "bytesDown" + ${BigInt(added.bytesDown)}
    WHERE "id" IN (${Prisma.join([...ids])})`)
}

/** Two runs of a federation must not wait for each other's rows. Only for PostgreSQL: SQLite has one writer. */
export async function lockParticipants(tx: DatabaseTransaction, ids: readonly string[]): Promise<void> {
  for (const group of statementGroups([...ids].sort()))
    await tx.$queryRaw(Prisma.sql`SELECT "id" FROM "Participant" WHERE "id" IN (${Prisma.join(group)}) ORDER BY "id" FOR UPDATE`)
}
