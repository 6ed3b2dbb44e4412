import type { ModelConfig, NamedTensor, TrainingConfig } from '@tributary/protocol'
import { sizeOf } from '@tributary/protocol'
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32'
import { mersenne } from 'pure-rand/generator/mersenne'
import type { Examples } from '../examples.ts'
import { firstNonFinite } from '../finite.ts'
import { modelSpecification } from '../specification/index.ts'
import type { TrainOptions } from '../training/train.ts'

/** One training that two backends do from the same start. */
export type ProbeStep = Omit<TrainOptions, 'signal' | 'form'> & { readonly form: 'parameters' }

/** The zoo's layers in the shapes of MNIST, its three losses and its three optimisers. */
export const probeSteps = (): ProbeStep[] => [
  step({ name: 'lenet', inputShape: [28, 28, 1], outputs: 10 }, 10, { optimiser: 'sgd', learningRate: 1, batchSize: 10 }),
  step({ name: 'cnn', inputShape: [28, 28, 1], outputs: 10 }, 4, { optimiser: 'sgd', learningRate: 1, batchSize: 4 }),
  step({ name: 'linear', inputShape: [40], outputs: 1 }, 96, { optimiser: 'momentum', learningRate: 0.1, batchSize: 32 }),
  step({ name: 'logistic', inputShape: [40], outputs: 1 }, 96, { optimiser: 'adam', learningRate: 0.1, batchSize: 32 }),
]

function step(model: ModelConfig, rows: number, training: Omit<TrainingConfig, 'epochs'>): ProbeStep {
  return {
    model,
    parameters: modelSpecification(model).initialise(1),
    data: noise(model, rows),
    training: { epochs: 1, ...training },
    form: 'parameters',
    seed: 1,
  }
}

function noise({ name, inputShape, outputs }: ModelConfig, count: number): Examples {
  const random = mersenne(1)
  const features = Float32Array.from({ length: count * sizeOf(inputShape) }, () => 2 * uniformFloat32(random) - 1)
  const classes = name === 'linear' ? null : Math.max(2, outputs)
  const labels = Float32Array.from({ length: count }, (_, row) =>
    classes === null ? 2 * uniformFloat32(random) - 1 : row % classes,
  )
  return { features, featureShape: inputShape, labels, count, classes }
}

/**
 * How far the change that a step made to a tensor may be from the one on WASM, as a share of that tensor's largest change. Both add in
 * float32, in different orders: the longest sums here have some 8,000 products (a filter's gradient over 10 images of 28 × 28), so they
 * differ by some √8,000 · 2⁻²⁴ = 5e-6. Results of float16, of unit roundoff 2⁻¹¹ = 5e-4 in every single one, and kernels that are wrong
 * are beyond it.
 */
export const TOLERANCE = 1e-4

export type ProbeFinding =
  | { readonly kind: 'not-finite'; readonly tensor: string }
  | { readonly kind: 'differs'; readonly tensor: string; readonly difference: number }

/** What is wrong with the results of a step, of which `trusted` are the right ones; null where nothing is. */
export function findFault(
  start: readonly NamedTensor[],
  results: readonly NamedTensor[],
  trusted: readonly NamedTensor[],
): ProbeFinding | null {
  const tensor = firstNonFinite(results)
  if (tensor !== null) return { kind: 'not-finite', tensor }
  for (const [place, { name, data }] of trusted.entries()) {
    const before = start[place]?.data ?? []
    const other = results[place]?.data ?? []
    let largest = 0
    let apart = 0
    for (const [i, value] of data.entries()) {
      largest = Math.max(largest, Math.abs(value - (before[i] ?? Number.NaN)))
      apart = Math.max(apart, Math.abs(value - (other[i] ?? Number.NaN)))
    }
    const difference = apart / largest
    if (!(difference <= TOLERANCE)) return { kind: 'differs', tensor: name, difference }
  }
  return null
}
