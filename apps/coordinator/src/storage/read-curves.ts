import type { RunId } from '@tributary/protocol'
import { Prisma } from '../generated/sqlite/client.ts'
import type { DatabaseTransaction } from './database.ts'
import type { Provider } from './migrations.ts'
import type { CurveFilter, MetricCurve } from './store.ts'

/** What a row of the database costs on its way here is far more than what stands in it: a curve comes as one text. */
const asText: Record<Provider, Prisma.Sql> = {
  // quote() writes a number so that it reads back as the same one.
  sqlite: Prisma.sql`group_concat("round" || ':' || quote("value"), ',')`,
  postgres: Prisma.sql`string_agg("round" || ':' || "value", ',' ORDER BY "round")`,
}

/** @throws what the database says */
export async function readCurves(
  client: DatabaseTransaction,
  provider: Provider,
  run: RunId,
  { scope, name, participant, from, to }: CurveFilter,
): Promise<MetricCurve[]> {
  const conditions = [
    Prisma.sql`"runId" = ${run} AND "scope" = ${scope}`,
    ...(name === undefined ? [] : [Prisma.sql`"name" = ${name}`]),
    ...(participant === undefined ? [] : [Prisma.sql`"participant" = ${participant}`]),
    ...(from === undefined ? [] : [Prisma.sql`"round" >= ${from}`]),
    ...(to === undefined ? [] : [Prisma.sql`"round" <= ${to}`]),
  ]
  const rows = await client.$queryRaw<{ name: string; participant: string; points: string }[]>(Prisma.sql`
    SELECT "name", "participant", ${asText[provider]} AS "points" FROM "MetricPoint"
    WHERE ${Prisma.join(conditions, ' AND ')} GROUP BY "name", "participant" ORDER BY "name", "participant"`)
  const curves: MetricCurve[] = []
  let read = 0
  for (const row of rows) {
    const curve = { name: row.name, participant: row.participant === '' ? null : row.participant, ...pointsOf(row.points) }
    curves.push(curve)
    read += curve.rounds.length
    if (read < TURN) continue
    read = 0
    await new Promise(setImmediate)
  }
  return curves
}

/** Points that are read before others have their turn. */
const TURN = 20_000

function pointsOf(text: string): { rounds: number[]; values: number[] } {
  const rounds: number[] = []
  const values: number[] = []
  for (const point of text.split(',')) {
    const colon = point.indexOf(':')
    rounds.push(Number(point.slice(0, colon)))
    values.push(Number(point.slice(colon + 1)))
  }
  // SQLite promises no order within a group; it is the index's.
  if (rounds.every((round, index) => index === 0 || round > (rounds[index - 1] ?? 0))) return { rounds, values }
  const order = rounds.map((_, index) => index).sort((a, b) => (rounds[a] ?? 0) - (rounds[b] ?? 0))
  return { rounds: order.map((at) => rounds[at] ?? 0), values: order.map((at) => values[at] ?? 0) }
}
