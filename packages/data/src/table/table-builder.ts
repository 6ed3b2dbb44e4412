import type { Dataset } from '../dataset.ts'
import { type CellReader, cellReader, textOf } from './cells.ts'
import { detached } from './detached.ts'
import { FloatList } from './float-list.ts'
import type { Problems } from './problems.ts'
import { featureNames, type TableSchema } from './schema.ts'

/** A file's rows as numbers. */
export interface Table {
  /** featureShape is [columns.length]. */
  readonly dataset: Dataset
  /** The id of each row, without outer spaces; null when the schema names no id column. */
  readonly ids: readonly string[] | null
  /** The name of each place of a row's features: "age", or "sex=female" for a category. */
  readonly columns: readonly string[]
  /** The label's categories: name of each class; null for regression and without a label. */
  readonly classNames: readonly string[] | null
}

/** One cell of the row that is being added, by the column's name. */
export type CellOf = (column: string) => unknown

/** Takes rows one by one and checks them against the schema. */
export class TableBuilder {
  readonly #schema: TableSchema
  readonly #problems: Problems
  readonly #features: { name: string; read: CellReader; categories: number | null }[]
  readonly #label: { name: string; read: CellReader } | null
  readonly #values = new FloatList()
  readonly #labels = new FloatList()
  readonly #rowOfId = new Map<string, number>()
  #count = 0

  constructor(schema: TableSchema, source: 'csv' | 'jsonl', problems: Problems) {
    this.#schema = schema
    this.#problems = problems
    this.#features = schema.features.map((column) => ({
      name: column.name,
      read: cellReader(column, source),
      categories: column.type === 'category' ? column.categories.length : null,
    }))
    this.#label = schema.label && { name: schema.label.name, read: cellReader(schema.label, source) }
  }

  /** @param row as messages name it: 1-based, the header counts. */
  add(row: number, cellOf: CellOf): void {
    for (const { name, read, categories } of this.#features) {
      const value = this.#read(row, name, read, cellOf)
      if (categories === null) this.#values.push(value)
      else for (let category = 0; category < categories; category++) this.#values.push(category === value ? 1 : 0)
    }
    this.#labels.push(this.#label ? this.#read(row, this.#label.name, this.#label.read, cellOf) : Number.NaN)
    if (this.#schema.id !== null) this.#addId(row, this.#schema.id, textOf(cellOf(this.#schema.id)))
    this.#count++
  }

  /** @throws TributaryError `data_invalid` when a row had a problem, or there is none. `nextRow` is where one was missed. */
  finish(nextRow: number): Table {
    this.#problems.throwIfAny()
    if (this.#count === 0) {
      const column = this.#features[0]?.name ?? '-'
      this.#problems.add({ row: nextRow, column, found: 'the end of the file', expected: 'at least one row of data' })
      this.#problems.throwIfAny()
    }
    const { label } = this.#schema
    const classNames = label?.type === 'category' ? label.categories : null
    const columns = featureNames(this.#schema)
    const features = this.#values.take()
    const classes = classNames?.length ?? null
    const dataset = { features, featureShape: [columns.length], labels: this.#labels.take(), count: this.#count, classes }
    return { dataset, ids: this.#schema.id === null ? null : [...this.#rowOfId.keys()], columns, classNames }
  }

  #read(row: number, column: string, read: CellReader, cellOf: CellOf): number {
    const value = read(cellOf(column))
    if (typeof value === 'number') return value
    this.#problems.add({ row, column, ...value })
    return Number.NaN
  }

  /** Problems do not quote ids: they may name people. */
  #addId(row: number, column: string, id: string | null): void {
    if (id === '' || id === null) {
      const found = id === '' ? 'an empty cell' : 'a list or an object'
      this.#problems.add({ row, column, found, expected: 'an id' })
      return
    }
    const before = this.#rowOfId.get(id)
    if (before === undefined) this.#rowOfId.set(detached(id), row)
    else this.#problems.add({ row, column, found: `the id of row ${before} again`, expected: 'an id of its own' })
  }
}
