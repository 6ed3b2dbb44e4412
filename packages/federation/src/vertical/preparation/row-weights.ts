import { TributaryError } from '@tributary/protocol'
import { exactSum } from '../arithmetic/exact-sum.ts'

/**
 * √ω with ω scaled to mean 1, so that ‖x_j‖ = √n holds for weighted columns too and λ weighs as much as without weights.
 * @throws TributaryError `slr_row_weights`
 */
export function rootWeights(weights: ArrayLike<number>): Float64Array<ArrayBuffer> {
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i] ?? 0
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new TributaryError('slr_row_weights', { reason: `the weight of aligned row ${i} is not a positive number` })
    }
  }
  const sum = exactSum(Array.from(weights))
  return Float64Array.from(weights, (weight) => Math.sqrt((weight * weights.length) / sum))
}
