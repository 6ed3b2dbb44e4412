import { z } from 'zod'
import { Problems } from './problems.ts'
import { parseTableSchema, type TableSchemaInput } from './schema.ts'
import { type Table, TableBuilder } from './table-builder.ts'
import { MAX_ROW_CHARACTERS, normalisedText, type TextSource } from './text-source.ts'

const rowSchema = z.record(z.string(), z.unknown())

/**
 * Reads JSON Lines: one object a line, its keys the columns. Numbers must be JSON numbers; a category or id may be text, a
 * number or a boolean. A missing key, null and "" are empty. Blank lines are skipped but counted. Rows in errors are lines.
 * Streams as `readCsvText` does, and throws the same.
 */
export async function readJsonlText(source: TextSource, schema: TableSchemaInput, file = 'the text'): Promise<Table> {
  const problems = new Problems(file)
  const builder = new TableBuilder(parseTableSchema(schema), 'jsonl', problems)
  let lines = 0
  const take = (line: string) => {
    const row = ++lines
    if (line.trim() === '') return
    const values = parseRow(line)
    if (typeof values === 'string') problems.add({ row, column: '-', found: values, expected: 'a JSON object' })
    else builder.add(row, (column) => (Object.hasOwn(values, column) ? values[column] : undefined))
  }
  let rest = ''
  for await (const piece of normalisedText(source)) {
    const whole = (rest + piece).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) take(line)
    if (rest.length > MAX_ROW_CHARACTERS) {
      const found = `a line of more than ${MAX_ROW_CHARACTERS} characters`
      problems.add({ row: lines + 1, column: '-', found, expected: 'one JSON object a line' })
      problems.throwIfAny()
    }
  }
  if (rest !== '') take(rest)
  return builder.finish(lines + 1)
}

/** The row's values, or what the line holds instead. */
function parseRow(line: string): Record<string, unknown> | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'text that is not JSON'
  }
  const row = rowSchema.safeParse(value)
  return row.success ? row.data : 'a JSON value that is not an object'
}
