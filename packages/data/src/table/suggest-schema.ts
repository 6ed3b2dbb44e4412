import type { CsvDescription } from './csv-description.ts'
import type { Column, TableSchema } from './schema.ts'

/** Names that people give to what is to be learned, and to what names a row. */
const labelName = /^(label|class|target|y|outcome|kind|species|diagnosis|default)$/i
const idName = /^(id|.*_id|uuid|name|index)$/i
/** A number with at most so many different whole values is taken for a class. */
const MOST_CLASSES = 20

export interface Suggestion {
  readonly schema: TableSchema
  /** Columns that are not used: they name rows, are constant texts, or have too many different texts. */
  readonly unused: readonly string[]
}

/** The column that looks most like what is to be learned: by its name, else the last one. */
export function suggestLabel({ columns }: CsvDescription): string | null {
  return (columns.find(({ name }) => labelName.test(name)) ?? columns.at(-1))?.name ?? null
}

/** A schema that fits the described file, with this column as the label; null when no feature is left. */
export function suggestSchema(description: CsvDescription, label: string): Suggestion | null {
  const unused: string[] = []
  const features: Column[] = []
  for (const { name, numeric, values } of description.columns) {
    if (name === label) continue
    if (idName.test(name) || (!numeric && (values === null || values.length < 2))) unused.push(name)
    else features.push(numeric ? { name, type: 'number' } : { name, type: 'category', categories: values ?? [] })
  }
  const target = description.columns.find(({ name }) => name === label)
  if (target === undefined || features.length === 0) return null
  const { numeric, values } = target
  const isClass = values !== null && values.length >= 2 && (!numeric || (values.length <= MOST_CLASSES && values.every(isWhole)))
  if (!isClass && !numeric) return null
  const column: Column = isClass ? { name: label, type: 'category', categories: values } : { name: label, type: 'number' }
  const task = isClass ? 'classification' : 'regression'
  return { schema: { task, features, label: column, id: null, delimiter: description.delimiter }, unused }
}

const isWhole = (text: string): boolean => Number.isInteger(Number(text))
