import type { Dataset } from '@tributary/data'
import type { NamedTensor } from '@tributary/protocol'

/**
 * Centralised full-batch gradient descent of softmax regression in float64, written without the product's code:
 * W ← W − η Xᵀ(P − Y)/n, b ← b − η Σ(P − Y)/n with P = softmax(XW + b). The independent truth for FedAvg's exactness.
 */
export function gradientDescent(
  initial: readonly NamedTensor[],
  parts: readonly Dataset[],
  learningRate: number,
  steps: number,
): Map<string, Float64Array> {
  const kernel = initial.find(({ shape }) => shape.length === 2) as NamedTensor
  const bias = initial.find(({ shape }) => shape.length === 1) as NamedTensor
  const [features, classes] = kernel.shape as [number, number]
  const w = Float64Array.from(kernel.data)
  const b = Float64Array.from(bias.data)
  const n = parts.reduce((rows, { count }) => rows + count, 0)
  for (let step = 0; step < steps; step += 1) {
    const gradW = new Float64Array(w.length)
    const gradB = new Float64Array(b.length)
    for (const { features: x, labels, count } of parts) {
      for (let row = 0; row < count; row += 1) {
        const z = Array.from({ length: classes }, (_, c) => {
          let sum = b[c] as number
          for (let f = 0; f < features; f += 1) sum += (x[row * features + f] as number) * (w[f * classes + c] as number)
          return sum
        })
        const top = Math.max(...z)
        const e = z.map((value) => Math.exp(value - top))
        const total = e.reduce((sum, value) => sum + value, 0)
        for (let c = 0; c < classes; c += 1) {
          const residual = (e[c] as number) / total - (labels[row] === c ? 1 : 0)
          gradB[c] = (gradB[c] as number) + residual / n
          for (let f = 0; f < features; f += 1)
            gradW[f * classes + c] = (gradW[f * classes + c] as number) + ((x[row * features + f] as number) * residual) / n
        }
      }
    }
    for (let i = 0; i < w.length; i += 1) w[i] = (w[i] as number) - learningRate * (gradW[i] as number)
    for (let i = 0; i < b.length; i += 1) b[i] = (b[i] as number) - learningRate * (gradB[i] as number)
  }
  return new Map([
    [kernel.name, w],
    [bias.name, b],
  ])
}

/** Largest absolute difference over all weights. */
export function largestDifference(tensors: readonly NamedTensor[], truth: ReadonlyMap<string, Float64Array>): number {
  let largest = 0
  for (const { name, data } of tensors) {
    const expected = truth.get(name) as Float64Array
    for (let i = 0; i < data.length; i += 1) largest = Math.max(largest, Math.abs((data[i] as number) - (expected[i] as number)))
  }
  return largest
}
