import type { NamedTensor, StrategyConfig } from '@tributary/protocol'
import { allFinite } from '../updates/finite.ts'
import { toTensors, type WeightedSum } from './weighted-sum.ts'

/**
 * The server's step of McMahan et al. 2017, Algorithm 1 (arXiv:1602.05629), out of the finished sum.
 *
 * - parameters: w_{t+1} ← Σ_k (n_k / n) w^k_{t+1}
 * - gradients (FedSGD, section 2): w_{t+1} ← w_t − η Σ_k (n_k / n) g_k
 *
 * @param sum Σ n_k·x_k; spent by the call: the result lies in its memory and is lost by reset()
 * @param model w_t, with the sum's names
 */
export function fedAvgStep(sum: WeightedSum, model: readonly NamedTensor[], strategy: StrategyConfig): NamedTensor[] {
  const mean = toTensors(sum.mean(), sum.tensors)
  if (strategy.form === 'parameters') return mean
  const byName = new Map(model.map((tensor) => [tensor.name, tensor.data]))
  for (const { name, data } of mean) {
    const before = byName.get(name)
    if (before?.length !== data.length) throw new RangeError(`the model has no tensor ${name} of this size`)
    for (let i = 0; i < data.length; i += 1) data[i] = (before[i] as number) - strategy.serverLearningRate * (data[i] as number)
  }
  return mean
}

/** Name of the first tensor that holds a number that is not finite. */
export const firstNotFinite = (tensors: readonly NamedTensor[]): string | null =>
  tensors.find(({ data }) => !allFinite(data))?.name ?? null
