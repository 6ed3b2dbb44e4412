import type { LoggedEvent, RunId } from '@tributary/protocol'
import { loggedEvent, metricPoint } from './rows.ts'
import { statementGroups } from './statement-groups.ts'
import type { MetricPoint } from './store.ts'
import type { StoredRound } from './stored-round.ts'
import type { Turns } from './turns.ts'

/* What a run has left behind: events, accounts of its rounds, models, metrics. */

const MOST_ROWS = 2 ** 31 - 1

export async function readEvents(
  turns: Turns,
  runId: RunId,
  range: { after: number; before?: number; limit: number },
): Promise<LoggedEvent[]> {
  const seq = { gt: range.after, ...(range.before === undefined ? {} : { lt: range.before }) }
  const run = await turns.do((client) => client.run.findUnique({ where: { id: runId }, select: { stream: true } }))
  if (run === null) return []
  const rows = await turns.do((client) =>
    client.runEvent.findMany({ where: { runId, seq }, orderBy: { seq: 'asc' }, take: range.limit }),
  )
  return rows.map((row) => loggedEvent(row, run.stream))
}

export async function readRounds(turns: Turns, runId: RunId, range?: { after: number; limit: number }): Promise<StoredRound[]> {
  const where = { runId, number: { gt: range?.after ?? 0 } }
  const take = range?.limit ?? MOST_ROWS
  const rows = await turns.do((client) => client.runRound.findMany({ where, orderBy: { number: 'asc' }, take }))
  return rows.map((row) => JSON.parse(row.account) as StoredRound)
}

export async function readRound(turns: Turns, runId: RunId, number: number): Promise<StoredRound | null> {
  const row = await turns.do((client) => client.runRound.findUnique({ where: { runId_number: { runId, number } } }))
  return row && (JSON.parse(row.account) as StoredRound)
}

/** @returns those of the hashes that are a model of some run */
export async function readKeptModels(turns: Turns, hashes: readonly string[]): Promise<Set<string>> {
  const kept = new Set<string>()
  for (const group of statementGroups(hashes)) {
    const where = { sha256: { in: group } }
    const rows = await turns.do((client) => client.modelVersion.findMany({ where, select: { sha256: true } }))
    for (const { sha256 } of rows) kept.add(sha256)
  }
  return kept
}

export async function readMetricPoints(
  turns: Turns,
  runId: RunId,
  filter: { scope: 'global' | 'participant'; name?: string },
): Promise<MetricPoint[]> {
  const rows = await turns.do((client) =>
    client.metricPoint.findMany({
      where: { runId, ...filter },
      orderBy: [{ name: 'asc' }, { participant: 'asc' }, { round: 'asc' }],
    }),
  )
  return rows.map(metricPoint)
}
