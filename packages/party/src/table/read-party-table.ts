import { type CsvColumns, readCsvColumnsFile } from '@tributary/data/node'
import { TributaryError } from '@tributary/protocol'
import type { PartyTable } from './party-table.ts'

/** Columns in memory instead of a file: values by name, with the ids beside them. */
export interface ColumnsInMemory {
  readonly ids: readonly string[]
  readonly columns: Readonly<Record<string, ArrayLike<number>>>
}

export interface TableOptions {
  /** Path of a .csv or .csv.gz file with a header, or columns in memory. Every column that is not named below is a feature. */
  readonly table: string | ColumnsInMemory
  /** Column of the file that names a row; in memory `ids` does. */
  readonly idColumn?: string | undefined
  readonly labelColumn?: string | undefined
  readonly weightColumn?: string | undefined
}

/** @throws TributaryError `config_invalid`, `data_unreadable`, `data_invalid` (with row and column), `data_not_finite` */
export async function readPartyTable(options: TableOptions): Promise<PartyTable> {
  const { table, labelColumn, weightColumn } = options
  const source = typeof table === 'string' ? await fromFile(table, options) : fromMemory(table)
  const take = (column: string | undefined, setting: string): Float64Array | null => {
    if (column === undefined) return null
    const place = source.names.indexOf(column)
    const values = source.columns[place]
    if (values === undefined) throw invalid(setting, `there is no column ${column}`)
    return shared(values)
  }
  const named = [labelColumn, weightColumn]
  const features = source.names.flatMap((name, place) => (named.includes(name) ? [] : [{ name, values: source.columns[place] }]))
  return {
    ids: source.ids,
    lines: source.rows,
    names: features.map(({ name }) => name),
    columns: features.map(({ values }) => shared(values ?? [])),
    label: take(labelColumn, 'labelColumn'),
    rowWeights: take(weightColumn, 'weightColumn'),
  }
}

function fromFile(path: string, { idColumn, labelColumn, weightColumn }: TableOptions): Promise<CsvColumns> {
  if (idColumn === undefined) throw invalid('idColumn', 'a file needs the name of the column with the ids')
  const needed = [labelColumn, weightColumn].filter((name) => name !== undefined)
  return readCsvColumnsFile(path, { id: idColumn, needed })
}

function fromMemory({ ids, columns }: ColumnsInMemory): CsvColumns {
  const names = Object.keys(columns)
  if (ids.length === 0) throw invalid('table', 'it has no rows')
  for (const name of names) {
    const values = columns[name] ?? []
    if (values.length !== ids.length) throw invalid('table', `${values.length} values of ${name} for ${ids.length} ids`)
    for (let row = 0; row < ids.length; row += 1)
      if (!Number.isFinite(values[row])) throw new TributaryError('data_not_finite', { column: name, line: row + 1 })
  }
  return { ids, rows: ids.map((_, row) => row + 1), names, columns: names.map((name) => Float64Array.from(columns[name] ?? [])) }
}

/** Workers see it without a copy. */
function shared(values: ArrayLike<number>): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(8 * values.length))
  copy.set(values)
  return copy
}

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
