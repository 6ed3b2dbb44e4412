import { cellReader, textOf } from './cells.ts'
import { readCsvRows } from './csv-rows.ts'
import { detached } from './detached.ts'
import { Problems } from './problems.ts'
import type { TableSchema } from './schema.ts'
import type { TextSource } from './text-source.ts'

export interface ColumnDescription {
  readonly name: string
  /** Each cell that is not empty is a number to the reader, and there is one. */
  readonly numeric: boolean
  /** The different texts of the column, sorted (as numbers where they are); null when there are more than MAX_CATEGORIES. */
  readonly values: readonly string[] | null
  /** Cells without anything in them. */
  readonly empty: number
}

/** What a CSV file seems to be, for a person to confirm. */
export interface CsvDescription {
  readonly delimiter: TableSchema['delimiter']
  readonly rows: number
  readonly columns: readonly ColumnDescription[]
  /** The first rows, as texts in the order of the columns. */
  readonly preview: readonly (readonly string[])[]
}

export const MAX_CATEGORIES = 100
const PREVIEW_ROWS = 6
/** As the reader of a column of numbers decides. */
const readNumber = cellReader({ name: 'any', type: 'number' }, 'csv')
const delimiters = [',', ';', '\t', '|'] as const

/**
 * Reads a CSV file without knowing its columns.
 * @param delimiter see guessDelimiter
 * @throws TributaryError `data_invalid` where the file is no table
 */
export async function describeCsv(
  source: TextSource,
  delimiter: TableSchema['delimiter'],
  file = 'the text',
): Promise<CsvDescription> {
  const problems = new Problems(file)
  let names: readonly string[] = []
  let seen: { values: Set<string> | null; numeric: boolean; empty: number }[] = []
  const preview: string[][] = []
  let rows = 0
  const nextRow = await readCsvRows(source, delimiter, problems, {
    header(found) {
      names = found
      seen = found.map(() => ({ values: new Set<string>(), numeric: true, empty: 0 }))
      return []
    },
    add(_row, cellOf) {
      rows += 1
      const cells = names.map((name) => textOf(cellOf(name)) ?? '')
      if (preview.length < PREVIEW_ROWS) preview.push(cells.map(detached))
      for (const [place, text] of cells.entries()) {
        const column = seen[place]
        if (column === undefined) continue
        if (text === '') column.empty += 1
        else if (column.numeric && typeof readNumber(text) !== 'number') column.numeric = false
        if (text === '' || column.values === null) continue
        if (!column.values.has(text)) column.values.add(detached(text))
        if (column.values.size > MAX_CATEGORIES) column.values = null
      }
    },
  })
  if (rows === 0) problems.add({ row: nextRow, column: '-', found: 'the end of the file', expected: 'at least one row of data' })
  problems.throwIfAny()
  const columns = names.map((name, place): ColumnDescription => {
    const { values = null, numeric = false, empty = 0 } = seen[place] ?? {}
    return { name, numeric: numeric && empty < rows, values: values === null ? null : inOrder([...values], numeric), empty }
  })
  return { delimiter, rows, columns, preview }
}

const inOrder = (values: string[], numeric: boolean): string[] =>
  values.sort(numeric ? (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1) : (a, b) => (a < b ? -1 : a > b ? 1 : 0))

/** The delimiter that the header has most of. */
export function guessDelimiter(header: string): TableSchema['delimiter'] {
  const line = header.split(/\r?\n/, 1)[0] ?? ''
  const counted = delimiters.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).delimiter
}
