import type { PartyTable } from '../table/party-table.ts'

const ROWS = 60

/** Numbers without a pattern, the same in each run. */
const wave = (row: number, column: number): number =>
  Math.sin(1 + row * 12.9898 + column * 78.233) * 3 + Math.cos(row * (column + 2))

const id = (row: number): string => `row-${row}`

/** Rows `from` … of a table of ROWS + from rows, in an order of its own. */
function table(names: readonly string[], from: number, label: boolean): PartyTable {
  const rows = Array.from({ length: ROWS }, (_, index) => from + ((index * 7) % ROWS))
  const column = (place: number) => Float64Array.from(rows, (row) => wave(row, place))
  const columns = names.map((_, place) => column(place + from))
  return {
    ids: rows.map(id),
    lines: rows.map((_, index) => index + 2),
    names,
    columns,
    label: label ? Float64Array.from(rows, (row) => 2 * wave(row, 0) - wave(row, 1) + wave(row, 10) + Math.sin(row)) : null,
    rowWeights: null,
  }
}

/** Three parties with 55 common rows, two columns each: enough for every step of a run, and quick. */
export const smallParties = () => ({
  'clinic-a': { role: 'feature' as const, table: table(['age', 'dose'], 0, false) },
  'lab-b': { role: 'label' as const, table: table(['salt', 'iron'], 5, true) },
  'keys-c': { role: 'key-service' as const, table: null },
})
