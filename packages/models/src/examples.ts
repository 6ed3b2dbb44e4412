import { sizeOf, TributaryError } from '@tributary/protocol'
import type { ModelSpecification } from './specification/index.ts'

/** Examples in memory, row-major; the same structure as the data package's Dataset. */
export interface Examples {
  /** [count, ...featureShape] */
  readonly features: Float32Array
  readonly featureShape: readonly number[]
  /** [count]: a class index 0 … classes − 1, or a target */
  readonly labels: Float32Array
  readonly count: number
  /** Number of classes, or null where labels are targets. */
  readonly classes: number | null
}

const invalid = (row: number, column: string, reason: string) =>
  new TributaryError('data_invalid', { file: 'examples', row, column, reason })

/**
 * Checks that features have the size that the model takes.
 * @throws TributaryError `config_invalid` where the shapes differ, `data_invalid` where there is no example or an array is too short
 */
export function checkFeatures(
  { config }: ModelSpecification,
  { features, featureShape, count }: Pick<Examples, 'features' | 'featureShape' | 'count'>,
): void {
  const size = sizeOf(config.inputShape)
  if (sizeOf(featureShape) !== size)
    throw new TributaryError('config_invalid', {
      setting: 'model.inputShape',
      reason: `the model takes [${config.inputShape.join(', ')}], the data have [${featureShape.join(', ')}]`,
    })
  if (count < 1) throw invalid(0, 'features', 'there are no examples')
  if (features.length !== count * size)
    throw invalid(count, 'features', `${features.length} values instead of ${count} × ${size}`)
}

/** Checks features and labels. @throws as checkFeatures, and `data_invalid` for a label that the task does not have */
export function checkExamples(specification: ModelSpecification, data: Examples): void {
  checkFeatures(specification, data)
  const { labels, count } = data
  if (labels.length !== count) throw invalid(count, 'label', `${labels.length} labels for ${count} examples`)
  if (specification.task === 'regression') {
    const row = labels.findIndex((label) => !Number.isFinite(label))
    if (row >= 0) throw invalid(row, 'label', `${labels[row]} is not a finite number`)
    return
  }
  const classes = specification.task === 'binary' ? 2 : specification.config.outputs
  for (let row = 0; row < count; row += 1) {
    const label = labels[row] as number
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw invalid(row, 'label', `${label} is not a class; the model has ${classes}, counted from 0`)
  }
}
