import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'

const columnName = z
  .string()
  .min(1)
  .max(200)
  .refine((name) => name === name.trim(), 'must not start or end with a space')

const numberColumn = z.strictObject({ name: columnName, type: z.literal('number') })
/** The categories' order fixes their numbers, so that all institutions count alike. */
const categoryColumn = z.strictObject({
  name: columnName,
  type: z.literal('category'),
  categories: z
    .array(columnName)
    .min(2)
    .max(10_000)
    .refine((categories) => new Set(categories).size === categories.length, 'a category is named twice')
    .readonly(),
})
export const MAX_FEATURES = 100_000
export const columnSchema = z.discriminatedUnion('type', [numberColumn, categoryColumn])
export type Column = z.infer<typeof columnSchema>

/** What the columns of a CSV or JSONL file mean. Columns that it does not name are not loaded. */
export const tableSchema = z
  .strictObject({
    task: z.enum(['classification', 'regression']),
    /** In this order they make a row's features: a number takes one place, a category one for each of its categories (one-hot). */
    features: z.array(columnSchema).min(1).max(MAX_FEATURES).readonly(),
    /** A category for classification, a number for regression; null when this party holds no labels. */
    label: columnSchema.nullable(),
    /** The column that names a row, each name once; null without. */
    id: columnName.nullable().default(null),
    /** Between the cells of a CSV file. */
    delimiter: z.enum([',', ';', '\t', '|']).default(','),
  })
  .superRefine(({ task, features, label, id }, context) => {
    const names = [...features.map(({ name }) => name), ...(label ? [label.name] : []), ...(id === null ? [] : [id])]
    for (const [place, name] of names.entries()) {
      if (names.indexOf(name) !== place) context.addIssue({ code: 'custom', message: `the column ${name} is named twice` })
    }
    const expected = task === 'classification' ? 'category' : 'number'
    if (label && label.type !== expected) {
      context.addIssue({ code: 'custom', path: ['label', 'type'], message: `${task} needs a label of type ${expected}` })
    }
  })
export type TableSchema = z.output<typeof tableSchema>
export type TableSchemaInput = z.input<typeof tableSchema>

/** @throws TributaryError `config_invalid` that names each fault. */
export function parseTableSchema(schema: unknown): TableSchema {
  const parsed = tableSchema.safeParse(schema)
  if (!parsed.success) throw new TributaryError('config_invalid', { setting: 'schema', reason: z.prettifyError(parsed.error) })
  return parsed.data
}

/** The name of each place of a row's features: "age", or "sex=female" for a category. */
export const featureNames = (schema: TableSchema): string[] =>
  schema.features.flatMap((column) =>
    column.type === 'number' ? [column.name] : column.categories.map((category) => `${column.name}=${category}`),
  )
