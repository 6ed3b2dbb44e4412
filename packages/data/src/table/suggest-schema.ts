import type { ColumnDescription, CsvDescription } from './csv-description.ts'
import { type Column, columnSchema, MAX_FEATURES, type TableSchema } from './schema.ts'

/** Names that people give to what is to be learned, and to what names a row. */
const labelName = /^(label|class|target|y|outcome|kind|species|diagnosis|default)$/i
const idName = /^(id|.*_id|uuid|name|index)$/i
/** A number with at most so many different whole values is taken for a class. */
const MOST_CLASSES = 20

export interface Suggestion {
  readonly schema: TableSchema
  /**
   * Columns that are not used: they name rows, are constant texts, have too many different texts, or a name or a text that no
   * schema takes (none at all, or one that is too long).
   */
  readonly unused: readonly string[]
}

/** The column that looks most like what is to be learned: by its name, else the last one that can be. */
export function suggestLabel({ columns }: CsvDescription): string | null {
  const able = columns.filter((column) => labelOf(column) !== null)
  return (able.find(({ name }) => labelName.test(name)) ?? able.at(-1))?.name ?? null
}

/**
 * A schema that fits the described file, with this column as the label; null when no feature is left. Features are in the order
 * of their names: two institutions may hold the same columns in another order, and their weights are averaged place by place.
 */
export function suggestSchema(description: CsvDescription, label: string): Suggestion | null {
  const target = description.columns.find(({ name }) => name === label)
  const column = target === undefined ? null : labelOf(target)
  if (column === null) return null
  const others = description.columns.filter(({ name }) => name !== label)
  const features = others.flatMap((other) => featureOf(other) ?? []).sort(byName)
  if (features.length === 0 || features.length > MAX_FEATURES) return null
  const used = new Set(features.map(({ name }) => name))
  const unused = others.map(({ name }) => name).filter((name) => !used.has(name))
  const task = column.type === 'category' ? 'classification' : 'regression'
  return { schema: { task, features, label: column, id: null, delimiter: description.delimiter }, unused }
}

function featureOf(description: ColumnDescription): Column | null {
  if (idName.test(description.name)) return null
  return description.numeric ? numberOf(description) : categoryOf(description)
}

function labelOf(description: ColumnDescription): Column | null {
  const { numeric, values } = description
  if (!numeric) return categoryOf(description)
  const isClass = values !== null && values.length <= MOST_CLASSES && values.every(isWhole)
  return (isClass ? categoryOf(description) : null) ?? numberOf(description)
}

const numberOf = ({ name }: ColumnDescription): Column | null => taken({ name, type: 'number' })

const categoryOf = ({ name, values }: ColumnDescription): Column | null =>
  values === null ? null : taken({ name, type: 'category', categories: values })

/** A CSV may hold names and texts that no schema takes. */
const taken = (column: Column): Column | null => (columnSchema.safeParse(column).success ? column : null)

/** By code units, not by a locale: every machine must come to the same order. */
const byName = (a: Column, b: Column): number => (a.name < b.name ? -1 : 1)

const isWhole = (text: string): boolean => Number.isInteger(Number(text))
