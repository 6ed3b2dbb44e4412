import type { RunId } from '@tributary/protocol'
import type { DatabaseTransaction } from './database.ts'
import { putMetrics } from './hot-statements.ts'
import { metricRow, metricsFrom } from './rows.ts'
import type { MetricPoint } from './store.ts'

/** A point that is there already is replaced: an evaluation may be done again after a restart. */
export async function writeMetrics(tx: DatabaseTransaction, runId: RunId, metrics: readonly MetricPoint[]): Promise<void> {
  // Within one commit the last one counts.
  const rows = [
    ...new Map(metrics.map(metricRow).map((row) => [`${row.round}/${row.scope}/${row.name}/${row.participant}`, row])).values(),
  ]
  await putMetrics(tx, rows)
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
