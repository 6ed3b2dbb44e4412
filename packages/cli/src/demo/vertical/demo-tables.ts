import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CsvColumns, type ExampleTable, readCsvColumnsFile, seededRandom, type VerticalExample } from '@tributary/data/node'
import type { JoinedTable } from './closed-form.ts'

/** One data party of the demo and its file. */
export interface DemoTable extends ExampleTable {
  readonly features: readonly string[]
}

/** A demo's tables, and what only the demo has: all of them joined. */
export interface DemoTables {
  readonly tables: readonly DemoTable[]
  readonly joined: JoinedTable
  /** Party of each column of `joined`. */
  readonly owners: readonly string[]
  /** Row of `joined` by id. */
  readonly rowOf: ReadonlyMap<string, number>
}

/**
 * The tables of an example; the host's columns are dealt to several feature parties when there should be.
 * @param seed of the order of rows in dealt tables
 * @param folder takes the files of dealt tables
 */
export async function demoTables(
  example: VerticalExample,
  featureParties: number,
  seed: number,
  folder: string,
): Promise<DemoTables> {
  const read = await Promise.all(example.tables.map(async (table) => ({ table, data: await readTable(table) })))
  const parties: { readonly table: ExampleTable; readonly data: CsvColumns }[] = []
  for (const { table, data } of read) {
    if (table.role === 'label' || featureParties === 1) parties.push({ table, data })
    else parties.push(...(await dealt(table, data, featureParties, seed, folder)))
  }
  const tables = parties.map(({ table, data }) => ({ ...table, features: featuresOf(table, data) }))
  return { tables, ...joinById(parties) }
}

const readTable = (table: ExampleTable): Promise<CsvColumns> => readCsvColumnsFile(table.path, { id: table.idColumn })

const featuresOf = ({ labelColumn }: ExampleTable, { names }: CsvColumns): string[] =>
  names.filter((name) => name !== labelColumn)

/**
 * The columns of one table in several files, neighbours together as an institution would have them; every party has the rows in an
 * order of its own.
 */
async function dealt(table: ExampleTable, data: CsvColumns, parties: number, seed: number, folder: string) {
  const random = seededRandom(seed)
  const dealtTables: { readonly table: ExampleTable; readonly data: CsvColumns }[] = []
  for (let party = 0; party < parties; party += 1) {
    const place = (share: number) => Math.round((share * data.names.length) / parties)
    const names = data.names.slice(place(party), place(party + 1))
    const order = [...random.shuffle(Uint32Array.from(data.ids.keys()))]
    const columns = data.columns
      .slice(place(party), place(party + 1))
      .map((values) => Float64Array.from(order, (row) => values[row] ?? Number.NaN))
    const ids = order.map((row) => data.ids[row] ?? '')
    const name = `${table.name}-${party + 1}`
    const path = join(folder, `${name}.csv`)
    const lines = ids.map((id, row) => [id, ...columns.map((values) => values[row])].join(','))
    await writeFile(path, `${[table.idColumn, ...names].join(',')}\n${lines.join('\n')}\n`)
    dealtTables.push({ table: { ...table, name, path }, data: { ids, rows: order.map((_, row) => row + 2), names, columns } })
  }
  return dealtTables
}

/** Inner join by id. */
function joinById(parties: readonly { readonly table: ExampleTable; readonly data: CsvColumns }[]) {
  const places = parties.map(({ data }) => new Map(data.ids.map((id, row) => [id, row])))
  const ids = [...(places[0]?.keys() ?? [])].filter((id) => places.every((rows) => rows.has(id)))
  const aligned = (party: number, values: Float64Array | undefined) =>
    Float64Array.from(ids, (id) => values?.[places[party]?.get(id) ?? -1] ?? Number.NaN)
  const names: string[] = []
  const owners: string[] = []
  const columns: Float64Array[] = []
  let label = new Float64Array()
  for (const [party, { table, data }] of parties.entries())
    for (const [place, name] of data.names.entries()) {
      const values = aligned(party, data.columns[place])
      if (name === table.labelColumn) label = values
      else {
        names.push(name)
        owners.push(table.name)
        columns.push(values)
      }
    }
  return { joined: { names, columns, label }, owners, rowOf: new Map(ids.map((id, row) => [id, row])) }
}
