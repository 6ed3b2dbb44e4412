import { TributaryError } from '@tributary/protocol'
import type { Dataset } from './dataset.ts'

/** What is in a dataset, for people to read. */
export interface DatasetDescription {
  readonly count: number
  readonly featureShape: readonly number[]
  readonly classes: number | null
  /** Rows of each class, by class index; null without classes. */
  readonly rowsPerClass: readonly number[] | null
  /** The label's spread; null when there are classes, no labels or no rows. The standard deviation divides by the count. */
  readonly target: { readonly minimum: number; readonly maximum: number; readonly mean: number; readonly std: number } | null
}

export function describeDataset(dataset: Dataset): DatasetDescription {
  const { count, featureShape, classes, labels } = dataset
  const rowsPerClass = classes === null ? null : countClasses(labels, classes)
  return { count, featureShape, classes, rowsPerClass, target: classes === null ? spreadOf(labels) : null }
}

/**
 * Rows of each class among all labels, or among the named rows only: a split can be described without copying its features.
 * @throws TributaryError `config_invalid` when a label is not an integer in [0, classes).
 */
export function countClasses(labels: Float32Array, classes: number, rows?: Uint32Array): number[] {
  const counts = new Array<number>(classes).fill(0)
  const add = (row: number) => {
    const label = labels[row] ?? Number.NaN
    const soFar = counts[label]
    if (soFar === undefined) throw notAClass(row, label, classes)
    counts[label] = soFar + 1
  }
  if (rows) for (const row of rows) add(row)
  else for (let row = 0; row < labels.length; row++) add(row)
  return counts
}

/**
 * Row indices of each class, ascending.
 * @throws TributaryError `config_invalid` when a label is not an integer in [0, classes).
 */
export function rowsOfClasses(labels: Float32Array, classes: number): Uint32Array[] {
  const places = countClasses(labels, classes).map((count) => ({ rows: new Uint32Array(count), next: 0 }))
  for (const [row, label] of labels.entries()) {
    const place = places[label]
    if (place) place.rows[place.next++] = row
  }
  return places.map(({ rows }) => rows)
}

const notAClass = (row: number, label: number, classes: number) =>
  new TributaryError('config_invalid', {
    setting: 'classes',
    reason: `the label ${label} of row ${row} is not a class of 0 to ${classes - 1}`,
  })

function spreadOf(labels: Float32Array): DatasetDescription['target'] {
  if (labels.length === 0 || labels.every(Number.isNaN)) return null
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const label of labels) {
    minimum = Math.min(minimum, label)
    maximum = Math.max(maximum, label)
    sum += label
  }
  const mean = sum / labels.length
  let squares = 0
  for (const label of labels) squares += (label - mean) ** 2
  return { minimum, maximum, mean, std: Math.sqrt(squares / labels.length) }
}
