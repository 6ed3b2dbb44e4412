import { TributaryError } from '@tributary/protocol'
import type { DatabaseTransaction } from './database.ts'
import { insertEvents, insertUpdates, updateRun } from './hot-statements.ts'
import type { Provider } from './migrations.ts'
import { addToAccounts } from './participant-accounts.ts'
import { eventRows, loggedEvent, metricsFrom, modelRow, runRecord, updateRow } from './rows.ts'
import type { RunCommit, Store } from './store.ts'
import { writeMetrics } from './write-metrics.ts'

/**
 * A commit of a run inside a transaction: compare-and-swap on the version, then everything that belongs to it.
 * @throws not_found, idempotency_key_reused, action_conflict, update_already_accepted
 */
export async function commitRunIn(
  tx: DatabaseTransaction,
  provider: Provider,
  commit: RunCommit,
): ReturnType<Store['commitRun']> {
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
  const after = {
    ...before,
    version: commit.expectedVersion + 1,
    headSeq: before.headSeq + commit.events.length,
    bytesUp: before.bytesUp + BigInt(commit.bytesUp ?? 0),
    bytesDown: before.bytesDown + BigInt(commit.bytesDown ?? 0),
    metrics: JSON.stringify({ ...metricsFrom(before.metrics), ...globalMetrics }),
    ...(commit.state && { state: JSON.stringify(commit.state), phase: commit.state.phase }),
    startedAt: commit.startedAt ?? before.startedAt,
    endedAt: commit.endedAt ?? before.endedAt,
  }
  // The write that decides who wins: in both databases a rival waits here and then finds another version. Whoever wins has
  // read the row of this very version, so what it adds up is right.
  if ((await updateRun(tx, after, commit.expectedVersion)) === 0) throw new TributaryError('action_conflict', { what: 'run' })

  const events = eventRows(id, before.headSeq, commit.at, commit.events)
  await insertEvents(tx, events)
  await writeParts(tx, provider, commit)
  if (commit.metrics !== undefined) await writeMetrics(tx, id, commit.metrics)
  return { run: runRecord(after), events: events.map((row) => loggedEvent(row, before.stream)) }
}

async function writeParts(tx: DatabaseTransaction, provider: Provider, commit: RunCommit): Promise<void> {
  const { run: runId, round, updates = [], model, action } = commit
  if (round !== undefined) {
    const { number } = round.open
    const account = JSON.stringify(round)
    await tx.runRound.upsert({
      where: { runId_number: { runId, number } },
      create: { runId, number, account },
      update: { account },
    })
  }
  const [first] = updates
  if (first !== undefined && (await insertUpdates(tx, updates.map(updateRow))) < updates.length)
    throw new TributaryError('update_already_accepted', { round: first.round })
  if (model !== undefined) {
    const row = modelRow(model)
    await tx.modelVersion.upsert({ where: { runId_round: { runId, round: row.round } }, create: row, update: row })
  }
  await addToAccounts(tx, provider, commit.participants ?? [])
  if (action !== undefined) await tx.runAction.create({ data: { ...action, runId, at: commit.at } })
}
