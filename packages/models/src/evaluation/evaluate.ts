import * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig, NamedTensor } from '@tributary/protocol'
import { selectBackend } from '../backend/select-backend.ts'
import { checkExamples, checkFeatures, type Examples } from '../examples.ts'
import { type ModelSpecification, modelSpecification } from '../specification/index.ts'
import { Gatherer, rowsAtOnce } from '../training/batches.ts'
import { Breather } from '../training/event-loop.ts'
import { toTensors } from '../training/parameters.ts'
import { forwardOf } from '../zoo/forward.ts'
import { lossOf } from '../zoo/losses.ts'

export interface EvaluateOptions {
  readonly model: ModelConfig
  readonly parameters: readonly NamedTensor[]
  readonly data: Examples
  /** Rows at once; only speed and memory depend on it. Default: what fits well. */
  readonly batchSize?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Evaluation {
  /** Mean of the loss that the model trains on. */
  readonly loss: number
  /** Share of the examples whose class is the one of the largest output (binary: σ(z) > ½); null for regression. */
  readonly accuracy: number | null
  readonly samples: number
  /** Only for regression. */
  readonly meanSquaredError?: number
}

/**
 * Loss and accuracy of parameters on labelled examples.
 * @throws as train
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const specification = modelSpecification(options.model)
  const { data } = options
  checkExamples(specification, data)
  const { task, config } = specification
  const loss = lossOf(task)
  let lossSum = 0
  let right = 0
  const outputs = (z: tf.Tensor2D) => z
  await forEachPass(specification, options, data, outputs, (z, labels) => {
    lossSum += loss.sum(z, labels, config.outputs)
    if (task === 'regression') return
    for (const [i, label] of labels.entries()) if (predictedClass(z, i, config.outputs) === label) right += 1
  })
  const mean = lossSum / data.count
  const common = { loss: mean, samples: data.count }
  return task === 'regression'
    ? { ...common, accuracy: null, meanSquaredError: mean }
    : { ...common, accuracy: right / data.count }
}

export interface PredictOptions extends Omit<EvaluateOptions, 'data'> {
  readonly data: Pick<Examples, 'features' | 'featureShape' | 'count'>
}

/**
 * Predictions [count, outputs], row-major: class probabilities (classification), the probability of class 1 (binary),
 * or values (regression).
 * @throws as train
 */
export async function predict(options: PredictOptions): Promise<Float32Array> {
  const specification = modelSpecification(options.model)
  checkFeatures(specification, options.data)
  const { task, config } = specification
  const result = new Float32Array(options.data.count * config.outputs)
  const labels = new Float32Array(options.data.count)
  const loss = lossOf(task)
  await forEachPass(specification, options, { ...options.data, labels }, loss.link, (predictions, _labels, first) => {
    result.set(predictions, first * config.outputs)
  })
  return result
}

/** Calls `visit` with what `read` makes of the model's outputs [rows, outputs], for all examples in order, some rows at once. */
async function forEachPass(
  specification: ModelSpecification,
  { parameters: named, batchSize, signal }: Omit<EvaluateOptions, 'data'>,
  data: Pick<Examples, 'features' | 'labels' | 'count'>,
  read: (outputs: tf.Tensor2D) => tf.Tensor2D,
  visit: (values: Float32Array, labels: Float32Array, first: number) => void,
): Promise<void> {
  await selectBackend()
  const breather = new Breather(signal)
  const forward = forwardOf(specification.config)
  const atOnce = Math.min(batchSize ?? rowsAtOnce(specification), data.count)
  const gatherer = new Gatherer(specification, data, atOnce)
  const parameters = toTensors(specification, named)
  try {
    for (let first = 0; first < data.count; first += atOnce) {
      const rows = Math.min(atOnce, data.count - first)
      const order = Uint32Array.from({ length: rows }, (_, i) => first + i)
      let labels: Float32Array = new Float32Array(0)
      const values = tf.tidy(() => {
        const gathered = gatherer.gather(order)
        labels = gathered.labels
        return read(forward(parameters, gathered.x))
      })
      try {
        visit(await values.data<'float32'>(), labels, first)
      } finally {
        values.dispose()
      }
      await breather.breathe()
    }
  } finally {
    tf.dispose(parameters)
  }
}

/** Class of row i of logits [rows, outputs]; a single output is the logit of class 1. null: what overflowed predicts nothing. */
function predictedClass(z: Float32Array, i: number, outputs: number): number | null {
  if (z.subarray(i * outputs, (i + 1) * outputs).some(Number.isNaN)) return null
  if (outputs === 1) return (z[i] as number) > 0 ? 1 : 0
  let best = 0
  for (let k = 1; k < outputs; k += 1) if ((z[i * outputs + k] as number) > (z[i * outputs + best] as number)) best = k
  return best
}
