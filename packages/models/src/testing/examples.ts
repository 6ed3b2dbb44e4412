import { type ModelConfig, type NamedTensor, sizeOf, type TrainingConfig } from '@tributary/protocol'
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32'
import { mersenne } from 'pure-rand/generator/mersenne'
import type { Examples } from '../examples.ts'
import { modelSpecification } from '../specification/index.ts'
import type { TrainingProgress, TrainingResult, TrainOptions } from '../training/train.ts'
import { train } from '../training/train.ts'

/** A source of uniform numbers in ±1. */
export function uniform(seed: number): () => number {
  const random = mersenne(seed)
  return () => 2 * uniformFloat32(random) - 1
}

/**
 * Labelled noise around a prototype for each class (or a noisy linear target), so that there is something to learn;
 * images are shifted by up to two pixels.
 */
export function syntheticExamples(
  { name, inputShape, outputs }: ModelConfig,
  count: number,
  seed: number,
  noise = 0.3,
): Examples {
  const random = uniform(seed)
  const size = sizeOf(inputShape)
  const regression = name === 'linear' || (name === 'mlp' && outputs === 1)
  const classes = regression ? null : Math.max(2, outputs)
  const prototypes = Array.from({ length: classes ?? 1 }, () => Float32Array.from({ length: size }, () => random()))
  const features = new Float32Array(count * size)
  const labels = new Float32Array(count)
  const [, width = 1, channels = 1] = inputShape.length === 3 ? inputShape : []
  for (let row = 0; row < count; row += 1) {
    const label = row % (classes ?? 1)
    const prototype = prototypes[label] as Float32Array
    const shift = inputShape.length === 3 ? Math.round(2 * random()) * (width + 1) * channels : 0
    let dot = 0
    for (let i = 0; i < size; i += 1) {
      const value = regression ? random() : (prototype[(i + shift + size) % size] as number) + noise * random()
      features[row * size + i] = value
      dot += value * (prototype[i] as number)
    }
    labels[row] = regression ? dot + 0.1 * random() : label
  }
  return { features, featureShape: inputShape, labels, count, classes }
}

/** Runs a training to its end. */
export async function run(options: TrainOptions): Promise<TrainingResult & { progress: TrainingProgress[] }> {
  const training = train(options)
  const progress: TrainingProgress[] = []
  for (;;) {
    const step = await training.next()
    if (step.done) return { ...step.value, progress }
    progress.push(step.value)
  }
}

/** One epoch of SGD with B = 10, η = 0.1, and changes to that. */
export const trainingConfig = (changes: Partial<TrainingConfig> = {}): TrainingConfig => ({
  epochs: 1,
  batchSize: 10,
  optimiser: 'sgd',
  learningRate: 0.1,
  ...changes,
})

export const initial = (model: ModelConfig): NamedTensor[] => modelSpecification(model).initialise(3)

/** Largest |a − b| over all values of all tensors. */
export const largestDifference = (a: readonly NamedTensor[], b: readonly { readonly data: ArrayLike<number> }[]): number =>
  Math.max(
    ...a.map(({ data }, i) => data.reduce((most, value, k) => Math.max(most, Math.abs(value - (b[i]?.data[k] as number))), 0)),
  )
