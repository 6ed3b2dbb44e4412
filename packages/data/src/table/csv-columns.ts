import { cellReader, textOf } from './cells.ts'
import { readCsvRows } from './csv-rows.ts'
import { detached } from './detached.ts'
import { Problems } from './problems.ts'
import type { TextSource } from './text-source.ts'

export interface ColumnsOptions {
  /** The column that names a row. Every other column is read as numbers. */
  readonly id: string
  /** Columns that must be there. */
  readonly needed?: readonly string[] | undefined
  readonly delimiter?: ',' | ';' | '\t' | '|' | undefined
}

/** A file's numbers by column, in doubles; all arrays are of the same length. */
export interface CsvColumns {
  readonly ids: readonly string[]
  /** 1-based row of the file, the header counts. */
  readonly rows: readonly number[]
  /** In the order of the header, without the id. */
  readonly names: readonly string[]
  readonly columns: readonly Float64Array<ArrayBuffer>[]
}

/**
 * Reads CSV (RFC 4180) with a header whose columns are all numbers but for the id, as `readCsvText`. Ids may repeat.
 * @param file how errors name it
 * @throws TributaryError `data_invalid` with file, row, column, what was found and expected
 */
export async function readCsvColumns(source: TextSource, options: ColumnsOptions, file = 'the text'): Promise<CsvColumns> {
  const { id, needed = [], delimiter = ',' } = options
  const problems = new Problems(file)
  let names: readonly string[] = []
  let readers: ReturnType<typeof cellReader>[] = []
  let columns: number[][] = []
  const ids: string[] = []
  const rows: number[] = []
  const nextRow = await readCsvRows(source, delimiter, problems, {
    header(found) {
      names = found.filter((name) => name !== id)
      readers = names.map((name) => cellReader({ name, type: 'number' }, 'csv'))
      columns = names.map(() => [])
      return [id, ...needed]
    },
    add(row, cellOf) {
      // Problems do not quote ids: they may name people.
      const text = textOf(cellOf(id)) ?? ''
      if (text === '') problems.add({ row, column: id, found: 'an empty cell', expected: 'an id' })
      ids.push(detached(text))
      rows.push(row)
      for (const [place, name] of names.entries()) {
        const value = readers[place]?.(cellOf(name)) ?? Number.NaN
        if (typeof value === 'number') columns[place]?.push(value)
        else problems.add({ row, column: name, ...value })
      }
    },
  })
  if (ids.length === 0)
    problems.add({ row: nextRow, column: id, found: 'the end of the file', expected: 'at least one row of data' })
  problems.throwIfAny()
  return { ids, rows, names, columns: columns.map((values) => Float64Array.from(values)) }
}
