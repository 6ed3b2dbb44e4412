const ROWS = 70

/** Numbers without a pattern, the same in each run. */
const wave = (row: number, column: number): number =>
  Math.sin(1 + row * 12.9898 + column * 78.233) * 3 + Math.cos(row * (column + 2))

/** CSV of rows `from` … `to` in an order of its own. */
function csv(names: readonly string[], value: (row: number, column: number) => number, from: number, to: number): string {
  const count = to - from
  const rows = Array.from({ length: count }, (_, index) => from + ((index * 7) % count))
  const lines = rows.map((row) => [`row-${row}`, ...names.map((_, column) => value(row, column))].join())
  return [['id', ...names].join(), ...lines].join('\n')
}

const label = (row: number): number => 2 * wave(row, 0) - wave(row, 1) + 3 * wave(row, 5) + Math.sin(row * row)

/**
 * Two parties that have 62 rows in common; a has two columns, b two and the label. Steps 0 and 1 and the closing step 2: the tolerance
 * ends it there, while the quota would allow more.
 */
export const smallVerticalRun = {
  tables: {
    a: csv(['age', 'dose'], wave, 0, ROWS - 3),
    b: csv(['salt', 'iron', 'y'], (row, column) => (column === 2 ? label(row) : wave(row, column + 5)), 5, ROWS - 1),
  },
  settings: { maxSteps: 8, tolerance: 0.1 },
} as const
