import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type ExampleTable, type VerticalExampleName, verticalExample } from '@tributary/data/node'

export interface PlainTable extends ExampleTable {
  /** Names of features in the order of the file. */
  readonly names: readonly string[]
  readonly ids: readonly string[]
  readonly columns: Readonly<Record<string, readonly number[]>>
}

/** A table as text makes it, without the product's reader. */
export function plainTable(table: ExampleTable): PlainTable {
  const bytes = readFileSync(table.path)
  const text = (table.path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const titles = header.split(',')
  const rows = lines.map((line) => line.split(','))
  const column = (title: string) => rows.map((row) => row[titles.indexOf(title)] ?? '')
  const names = titles.filter((title) => title !== table.idColumn && title !== table.labelColumn)
  const numeric = [...names, ...(table.labelColumn === null ? [] : [table.labelColumn])]
  return {
    ...table,
    names,
    ids: column(table.idColumn),
    columns: Object.fromEntries(numeric.map((title) => [title, column(title).map(Number)])),
  }
}

export const plainExample = (name: VerticalExampleName): readonly PlainTable[] => verticalExample(name).tables.map(plainTable)

/** All tables joined on the ids of the first, columns in the order of tables, then the label. */
export function joinTables(tables: readonly PlainTable[]): { columns: number[][]; label: number[]; ids: readonly string[] } {
  const ids = tables[0]?.ids ?? []
  const columns: number[][] = []
  let label: number[] = []
  for (const table of tables) {
    const rowOf = new Map(table.ids.map((id, row) => [id, row]))
    const inOrder = (name: string) => ids.map((id) => table.columns[name]?.[rowOf.get(id) ?? -1] as number)
    columns.push(...table.names.map(inOrder))
    if (table.labelColumn !== null) label = inOrder(table.labelColumn)
  }
  return { columns, label, ids }
}
