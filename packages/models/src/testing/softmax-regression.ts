import type { NamedTensor, TrainingConfig } from '@tributary/protocol'
import type { Examples } from '../examples.ts'

/**
 * Full-batch training of softmax regression in float64, written from the formulas and sharing nothing with the trainer.
 * @returns the parameters after `training.epochs` steps, and the loss before the last one
 */
export function softmaxRegression(
  parameters: readonly NamedTensor[],
  { features, labels, count }: Examples,
  { epochs, optimiser, learningRate }: TrainingConfig,
): { tensors: { data: number[] }[]; loss: number } {
  const [kernel, bias] = parameters as [NamedTensor, NamedTensor]
  const w: [number[], number[]] = [Array.from(kernel.data), Array.from(bias.data)]
  const [inputs, classes] = kernel.shape as [number, number]
  const state = w.map((values) => values.map(() => ({ m: 0, v: 0 })))
  let loss = 0
  for (let t = 1; t <= epochs; t += 1) {
    const g = w.map((values) => values.map(() => 0)) as [number[], number[]]
    loss = 0
    for (let row = 0; row < count; row += 1) {
      const x = features.subarray(row * inputs, (row + 1) * inputs)
      const z = w[1].map((b, k) => x.reduce((sum, value, i) => sum + value * (w[0][i * classes + k] as number), b))
      const total = z.reduce((sum, value) => sum + Math.exp(value), 0)
      loss -= ((z[labels[row] as number] as number) - Math.log(total)) / count
      for (const [k, value] of z.entries()) {
        const d = (Math.exp(value) / total - (k === labels[row] ? 1 : 0)) / count
        g[1][k] = (g[1][k] as number) + d
        for (const [i, feature] of x.entries()) g[0][i * classes + k] = (g[0][i * classes + k] as number) + d * feature
      }
    }
    for (const [part, values] of w.entries())
      for (const [i, value] of values.entries()) {
        const slope = g[part]?.[i] as number
        const s = state[part]?.[i] as { m: number; v: number }
        if (optimiser === 'sgd') values[i] = value - learningRate * slope
        else if (optimiser === 'momentum') {
          s.v = 0.9 * s.v + slope
          values[i] = value - learningRate * s.v
        } else {
          s.m = 0.9 * s.m + 0.1 * slope
          s.v = 0.999 * s.v + 0.001 * slope ** 2
          values[i] = value - (learningRate * (s.m / (1 - 0.9 ** t))) / (Math.sqrt(s.v / (1 - 0.999 ** t)) + 1e-8)
        }
      }
  }
  return { tensors: w.map((data) => ({ data })), loss }
}
