import { type Dataset, readCsvText, type TableSchemaInput } from '@tributary/data'
import { sizeOf } from '@tributary/protocol'

/** A client's table: who it is, how long it is, and the shape of a row's features. */
export interface TestTable {
  readonly client: number
  readonly rows: number
  readonly featureShape?: readonly number[]
}

const KINDS = ['ash', 'elm', 'oak']
const widthOf = ({ featureShape = [6] }: TestTable): number => sizeOf(featureShape)

/** What the columns of such a table mean. */
export const schemaOf = (table: TestTable): TableSchemaInput => ({
  task: 'classification',
  features: Array.from({ length: widthOf(table) }, (_, place) => ({ name: `f${place}`, type: 'number' as const })),
  label: { name: 'kind', type: 'category', categories: KINDS },
})

/** The table as CSV. No two cells of features are equal, of one client or of two: each can be searched for. */
export function csvOf(table: TestTable): string {
  const { client, rows } = table
  const width = widthOf(table)
  const names = Array.from({ length: width }, (_, place) => `f${place}`)
  const lines = [[...names, 'kind'].join(',')]
  for (let row = 0; row < rows; row += 1) {
    const kind = (row * 7 + client) % 3
    const cells = names.map((_, f) => {
      const value = ((row * 31 + f * 17 + client * 13) % 23) / 23 + (f % 3 === kind ? 0.8 : 0)
      // Digits beyond those that make the value tell this cell from all others.
      return `${value.toFixed(3)}${7_000_000 + client * 1_000_000 + row * width + f}`
    })
    lines.push([...cells, KINDS[kind]].join(','))
  }
  return `${lines.join('\n')}\n`
}

/** The same rows as a client in Node takes them. */
export async function rowsOf(table: TestTable): Promise<Dataset> {
  const { dataset } = await readCsvText(csvOf(table), schemaOf(table))
  return { ...dataset, featureShape: table.featureShape ?? dataset.featureShape }
}
