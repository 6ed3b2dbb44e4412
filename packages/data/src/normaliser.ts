import { sizeOf, TributaryError } from '@tributary/protocol'
import { z } from 'zod'
import type { Dataset } from './dataset.ts'

const finite = z.number().refine(Number.isFinite, 'must be finite')

/** x ↦ (x − mean) / std. One entry for each feature of a row, or a single entry for all of them. Fit for JSON. */
export const normaliserSchema = z
  .strictObject({ mean: z.array(finite).min(1).readonly(), std: z.array(finite.positive()).min(1).readonly() })
  .refine(({ mean, std }) => mean.length === std.length, 'mean and std must be of one length')
export type Normaliser = z.infer<typeof normaliserSchema>

/**
 * Mean and standard deviation (dividing by n, as scikit-learn's StandardScaler) of each feature, by Welford's recurrence
 * in double precision. A constant feature gets std 1: it becomes 0 and stays finite.
 * @throws TributaryError `config_invalid` when there are no rows, or a value is not finite.
 */
export function fitNormaliser(dataset: Dataset): Normaliser {
  if (dataset.count === 0) throw refuse('there are no rows to fit it to')
  const width = sizeOf(dataset.featureShape)
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  for (let row = 0; row < dataset.count; row++) {
    for (let feature = 0; feature < width; feature++) {
      const value = dataset.features[row * width + feature] ?? Number.NaN
      const before = mean[feature] ?? 0
      const after = before + (value - before) / (row + 1)
      mean[feature] = after
      squares[feature] = (squares[feature] ?? 0) + (value - before) * (value - after)
    }
  }
  if (!mean.every(Number.isFinite)) throw refuse('a feature holds a value that is not finite')
  return { mean: [...mean], std: [...squares].map((sum) => (sum === 0 ? 1 : Math.sqrt(sum / dataset.count))) }
}

/** One mean and std for all features; for MNIST's pixels in [0, 1]: 0.1307 and 0.3081. */
export const fixedNormaliser = (mean: number, std: number): Normaliser => parseNormaliser({ mean: [mean], std: [std] })

/**
 * A copy with normalised features; labels are shared with the original.
 * @throws TributaryError `config_invalid` when the normaliser's length is neither 1 nor the number of features.
 */
export function applyNormaliser(dataset: Dataset, normaliser: Normaliser): Dataset {
  const { mean, std } = parseNormaliser(normaliser)
  const width = sizeOf(dataset.featureShape)
  if (mean.length !== 1 && mean.length !== width) {
    throw refuse(`it was fitted to ${mean.length} features, the rows have ${width}`)
  }
  const features = Float32Array.from(dataset.features, (value, i) => {
    const feature = i % mean.length
    return (value - (mean[feature] ?? Number.NaN)) / (std[feature] ?? Number.NaN)
  })
  return { ...dataset, features }
}

function parseNormaliser(normaliser: unknown): Normaliser {
  const parsed = normaliserSchema.safeParse(normaliser)
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error))
  return parsed.data
}

const refuse = (reason: string) => new TributaryError('config_invalid', { setting: 'normaliser', reason })
