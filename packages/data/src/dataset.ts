import { sizeOf } from '@tributary/protocol'

/** Rows in memory, row-major. */
export interface Dataset {
  /** Length: count × product(featureShape). */
  readonly features: Float32Array
  /** Shape of one row: [28, 28, 1] or [10]. */
  readonly featureShape: readonly number[]
  /** Class index as a number, or target value; NaN in each place when the rows carry no label. Length: count. */
  readonly labels: Float32Array
  readonly count: number
  /** Number of classes; null for regression and for rows without a label. */
  readonly classes: number | null
}

/**
 * A copy of the named rows, in the order given; a row may be named more than once.
 * @throws RangeError when a row does not exist.
 */
export function takeRows(dataset: Dataset, rows: Uint32Array | readonly number[]): Dataset {
  const width = sizeOf(dataset.featureShape)
  const features = new Float32Array(rows.length * width)
  const labels = new Float32Array(rows.length)
  for (const [place, row] of rows.entries()) {
    const label = dataset.labels[row]
    if (label === undefined) throw new RangeError(`row ${row} is not one of the ${dataset.count} rows`)
    features.set(dataset.features.subarray(row * width, (row + 1) * width), place * width)
    labels[place] = label
  }
  return { ...dataset, features, labels, count: rows.length }
}
