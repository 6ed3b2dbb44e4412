import { type RunId, TributaryError } from '@tributary/protocol'
import type { DatabaseTransaction } from './database.ts'
import { refuseDuplicate } from './refusals.ts'
import { eventRows, loggedEvent, metricRow, metricsFrom, modelRow, runRecord, updateRow } from './rows.ts'
import type { MetricPoint, RunCommit, Store } from './store.ts'

/** Keys of one DELETE, of four parameters each: SQLite's client takes 999. */
const CHUNK = 200

/**
 * One step of a run inside a transaction: compare-and-swap on the version, then everything that belongs to the step.
 * @throws not_found, idempotency_key_reused, action_conflict, update_already_accepted
 */
export async function commitRunIn(tx: DatabaseTransaction, commit: RunCommit): ReturnType<Store['commitRun']> {
  const id = commit.run
  const before = await tx.run.findUnique({ where: { id } })
  if (before === null) throw new TributaryError('not_found', { what: 'run', id })
  if (commit.action !== undefined) {
    const { key } = commit.action
    if ((await tx.runAction.findUnique({ where: { runId_key: { runId: id, key } } })) !== null) {
      throw new TributaryError('idempotency_key_reused', { key })
    }
  }
  if (before.version !== commit.expectedVersion) throw new TributaryError('action_conflict', { what: 'run' })
  const globalMetrics = Object.fromEntries(
    (commit.metrics ?? []).filter((point) => point.scope === 'global').map((point) => [point.name, point.value]),
  )
  // The write that decides who wins: in both databases a rival waits here and then finds another version.
  const { count } = await tx.run.updateMany({
    where: { id, version: commit.expectedVersion },
    data: {
      version: commit.expectedVersion + 1,
      headSeq: { increment: commit.events.length },
      bytesUp: { increment: BigInt(commit.bytesUp ?? 0) },
      bytesDown: { increment: BigInt(commit.bytesDown ?? 0) },
      metrics: JSON.stringify({ ...metricsFrom(before.metrics), ...globalMetrics }),
      ...(commit.state && { state: JSON.stringify(commit.state), phase: commit.state.phase }),
      ...(commit.startedAt && { startedAt: commit.startedAt }),
      ...(commit.endedAt && { endedAt: commit.endedAt }),
    },
  })
  if (count === 0) throw new TributaryError('action_conflict', { what: 'run' })

  const after = await tx.run.findUniqueOrThrow({ where: { id } })
  const events = eventRows(id, after.headSeq - commit.events.length, commit.at, commit.events)
  if (events.length > 0) await tx.runEvent.createMany({ data: events })
  await writeParts(tx, commit)
  if (commit.metrics !== undefined) await writeMetrics(tx, id, commit.metrics)
  return { run: runRecord(after), events: events.map((row) => loggedEvent(row, after.stream)) }
}

async function writeParts(tx: DatabaseTransaction, commit: RunCommit): Promise<void> {
  const { run: runId, round, update, model, action } = commit
  if (round !== undefined) {
    const { number } = round.open
    const account = JSON.stringify(round)
    await tx.runRound.upsert({
      where: { runId_number: { runId, number } },
      create: { runId, number, account },
      update: { account },
    })
  }
  if (update !== undefined) {
    await refuseDuplicate('AcceptedUpdate', 'update_already_accepted', { round: update.round }, () =>
      tx.acceptedUpdate.create({ data: updateRow(update) }),
    )
  }
  if (model !== undefined) {
    const row = modelRow(model)
    await tx.modelVersion.upsert({ where: { runId_round: { runId, round: row.round } }, create: row, update: row })
  }
  // In one order everywhere, so that two runs of a federation cannot wait for each other.
  const participants = [...(commit.participants ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const { id, roundsCounted = 0, bytesUp = 0, bytesDown = 0 } of participants) {
    await tx.participant.updateMany({
      where: { id },
      data: {
        roundsCounted: { increment: roundsCounted },
        bytesUp: { increment: BigInt(bytesUp) },
        bytesDown: { increment: BigInt(bytesDown) },
      },
    })
  }
  if (action !== undefined) await tx.runAction.create({ data: { ...action, runId, at: commit.at } })
}

/** A point that is there already is replaced: an evaluation may be done again after a restart. */
async function writeMetrics(tx: DatabaseTransaction, runId: RunId, metrics: readonly MetricPoint[]): Promise<void> {
  // Within one commit the last one counts.
  const rows = [
    ...new Map(metrics.map(metricRow).map((row) => [`${row.round}/${row.scope}/${row.name}/${row.participant}`, row])).values(),
  ]
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows.slice(start, start + CHUNK)
    await tx.metricPoint.deleteMany({ where: { runId, OR: chunk.map(({ runId: _, value: __, ...key }) => key) } })
    await tx.metricPoint.createMany({ data: chunk })
  }
  const globals = rows.filter((row) => row.scope === 'global')
  for (const round of new Set(globals.map((row) => row.round))) {
    const where = { runId_round: { runId, round } }
    const model = await tx.modelVersion.findUnique({ where })
    if (model === null) continue
    const merged = metricsFrom(model.metrics)
    for (const point of globals) if (point.round === round) merged[point.name] = point.value
    await tx.modelVersion.update({ where, data: { metrics: JSON.stringify(merged) } })
  }
}
