import { TributaryError } from '@tributary/protocol'

export interface CellProblem {
  readonly row: number
  readonly found: string
  readonly expected: string
}

/** What is wrong with a table, by column in the order of the first fault; "-" is the row as a whole. Null for other errors. */
export function problemsByColumn(error: unknown): ReadonlyMap<string, readonly CellProblem[]> | null {
  if (!(error instanceof TributaryError) || error.code !== 'data_invalid' || !Array.isArray(error.details.problems)) return null
  const byColumn = new Map<string, CellProblem[]>()
  for (const line of error.details.problems as readonly unknown[]) {
    const [, row = '', column = '', found = '', expected = ''] =
      /^row (\d+), column (.*?): found (.*), expected (.*?)$/s.exec(String(line)) ?? []
    if (row === '') continue
    const known = byColumn.get(column) ?? []
    byColumn.set(column, [...known, { row: Number(row), found, expected }])
  }
  return byColumn
}
