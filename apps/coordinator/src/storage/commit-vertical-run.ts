import { hubRunHasEnded } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import type { DatabaseTransaction } from './database.ts'
import { insertVerticalEvents, insertVerticalMail, updateVerticalRun } from './hot-vertical-statements.ts'
import { loggedVerticalEvent, mailRow, verticalEventRows, verticalRunRecord } from './vertical-rows.ts'
import type { VerticalCommit, VerticalStore } from './vertical-store.ts'

/**
 * A step of a vertical run inside a transaction: compare-and-swap on the version, then everything that belongs to it.
 * @throws not_found, idempotency_key_reused, action_conflict
 */
export async function commitVerticalRunIn(
  tx: DatabaseTransaction,
  { run: id, expectedVersion, at, state, events, mail, once }: VerticalCommit,
): ReturnType<VerticalStore['commit']> {
  const before = await tx.verticalRun.findUnique({ where: { id } })
  if (before === null) throw new TributaryError('not_found', { what: 'vertical run', id })
  if (once !== undefined) {
    const { key } = once
    if ((await tx.verticalOnce.findUnique({ where: { runId_key: { runId: id, key } } })) !== null)
      throw new TributaryError('idempotency_key_reused', { key })
  }
  if (before.version !== expectedVersion) throw new TributaryError('action_conflict', { what: 'vertical run' })
  const data = {
    state: JSON.stringify(state),
    phase: state.phase,
    version: expectedVersion + 1,
    headSeq: before.headSeq + events.length,
    startedAt: before.startedAt ?? (state.phase === 'running' ? at : null),
    endedAt: before.endedAt ?? (hubRunHasEnded(state) ? at : null),
  }
  // The write that decides who wins: a rival waits here and then finds another version.
  if ((await updateVerticalRun(tx, { id, ...data }, expectedVersion)) === 0)
    throw new TributaryError('action_conflict', { what: 'vertical run' })

  const rows = verticalEventRows(id, before.headSeq, at, events)
  await insertVerticalEvents(tx, rows)
  if (mail !== undefined) await insertVerticalMail(tx, mailRow({ ...mail, run: state.run, at }))
  if (once !== undefined) await tx.verticalOnce.create({ data: { ...once, runId: id, at } })
  return {
    run: verticalRunRecord({ ...before, ...data }),
    events: rows.map((row) => loggedVerticalEvent(row, before.stream)),
  }
}
