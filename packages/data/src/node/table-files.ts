import { TributaryError } from '@tributary/protocol'
import { readCsvText } from '../table/csv.ts'
import { type ColumnsOptions, type CsvColumns, readCsvColumns } from '../table/csv-columns.ts'
import { readJsonlText } from '../table/jsonl.ts'
import type { TableSchemaInput } from '../table/schema.ts'
import type { Table } from '../table/table-builder.ts'
import { textOfFile } from './text-file.ts'

/**
 * Reads a CSV file, plain or gzip, as `readCsvText`.
 * @throws TributaryError `data_unreadable`, `data_invalid`, `config_invalid`
 */
export const readCsvFile = (path: string, schema: TableSchemaInput): Promise<Table> => readCsvText(textOfFile(path), schema, path)

/**
 * Reads the columns of a CSV file, plain or gzip, as `readCsvColumns`.
 * @throws TributaryError `data_unreadable`, `data_invalid`
 */
export const readCsvColumnsFile = (path: string, options: ColumnsOptions): Promise<CsvColumns> =>
  readCsvColumns(textOfFile(path), options, path)

/**
 * Reads a JSON Lines file, plain or gzip, as `readJsonlText`.
 * @throws TributaryError `data_unreadable`, `data_invalid`, `config_invalid`
 */
export const readJsonlFile = (path: string, schema: TableSchemaInput): Promise<Table> =>
  readJsonlText(textOfFile(path), schema, path)

/**
 * Reads a table by its file's ending: .csv, .csv.gz, .jsonl or .jsonl.gz.
 * @throws TributaryError `data_unreadable` (for another ending too), `data_invalid`, `config_invalid`
 */
export async function loadTable(path: string, schema: TableSchemaInput): Promise<Table> {
  const [, ending] = /\.(csv|jsonl)(?:\.gz)?$/i.exec(path) ?? []
  if (ending === undefined) {
    throw new TributaryError('data_unreadable', {
      file: path,
      reason: 'its name ends in none of .csv, .csv.gz, .jsonl, .jsonl.gz',
    })
  }
  return ending.toLowerCase() === 'csv' ? readCsvFile(path, schema) : readJsonlFile(path, schema)
}
