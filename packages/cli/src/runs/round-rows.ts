import type { TableColumn } from '../output/table.ts'
import { formatBytes, formatMetric, formatSeconds, formatShare } from '../output/units.ts'
import type { RoundSummary } from './round-history.ts'

/** Of the table of rounds, which is printed row by row. */
export const roundColumns: readonly TableColumn[] = [
  { title: 'round', align: 'right' },
  { title: 'accuracy', align: 'right' },
  { title: 'loss', align: 'right', width: 8 },
  { title: 'time', align: 'right', width: 10 },
  { title: 'received', align: 'right', width: 9 },
  { title: 'sent', align: 'right', width: 9 },
  { title: 'who counted (share of the weight)' },
]

/** Cells of one round; the last says who counted, who did not, and why. */
export function roundCells(round: RoundSummary): string[] {
  const counted = round.counted.map(({ name, weight }) => (weight === null ? name : `${name} ${Math.round(weight * 100)} %`))
  const missing = round.missing.map(({ name, reason }) => `without ${name} (${reason})`)
  return [
    `${round.round}`,
    formatShare(round.metrics.accuracy),
    formatMetric(round.metrics.loss),
    formatSeconds(round.seconds),
    formatBytes(round.bytesUp),
    formatBytes(round.bytesDown),
    [...counted, ...missing].join(', '),
  ]
}
