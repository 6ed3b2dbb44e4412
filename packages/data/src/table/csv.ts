import { readCsvRows } from './csv-rows.ts'
import { Problems } from './problems.ts'
import { parseTableSchema, type TableSchemaInput } from './schema.ts'
import { type Table, TableBuilder } from './table-builder.ts'
import type { TextSource } from './text-source.ts'

/**
 * Reads CSV (RFC 4180) with a header, piece by piece, so that memory holds the numbers and one piece of text. Blank lines
 * are skipped but counted; spaces around a cell do not count; a line break inside a quoted cell becomes \n.
 *
 * @param source the text, or a stream of it
 * @param file how errors name it
 * @throws TributaryError `data_invalid` with file, row, column, what was found and expected (up to 20 problems in
 * `details.problems`); `config_invalid` when the schema itself is wrong.
 */
export async function readCsvText(source: TextSource, schema: TableSchemaInput, file = 'the text'): Promise<Table> {
  const parsed = parseTableSchema(schema)
  const problems = new Problems(file)
  const builder = new TableBuilder(parsed, 'csv', problems)
  const { features, label, id } = parsed
  const needed = [...features.map(({ name }) => name), ...(label ? [label.name] : []), ...(id === null ? [] : [id])]
  const nextRow = await readCsvRows(source, parsed.delimiter, problems, {
    header: () => needed,
    add: (row, cellOf) => builder.add(row, cellOf),
  })
  return builder.finish(nextRow)
}
