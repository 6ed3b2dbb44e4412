import * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig, NamedTensor, TrainingConfig } from '@tributary/protocol'
import { mersenne } from 'pure-rand/generator/mersenne'
import { selectBackend } from '../backend/select-backend.ts'
import { checkExamples, type Examples } from '../examples.ts'
import { modelSpecification } from '../specification/index.ts'
import type { Parameters } from '../zoo/layers.ts'
import { Gatherer, rowsAtOnce, shuffle } from './batches.ts'
import { Breather } from './event-loop.ts'
import { BatchGradient } from './gradient.ts'
import { createOptimiser } from './optimisers.ts'
import { fromTensors, toTensors } from './parameters.ts'

export interface TrainingProgress {
  /** The current epoch, from 1, of `epochs`. */
  readonly epoch: number
  readonly epochs: number
  /** Batches done in this epoch, of `batches`. */
  readonly batch: number
  readonly batches: number
  /** Samples gone through in all epochs so far. */
  readonly samples: number
  /** Mean training loss of this epoch so far; null before its first batch is done. */
  readonly loss: number | null
  readonly samplesPerSecond: number
}

export interface TrainingResult {
  /** The new parameters, or the mean gradient, named as the parameters. */
  readonly tensors: NamedTensor[]
  /** n_k: the number of local examples, however often they were used. */
  readonly samples: number
  /** Mean loss over the last epoch as it went (before each step); in the gradients form the loss at the given parameters. */
  readonly loss: number
  readonly seconds: number
}

export interface TrainOptions {
  readonly model: ModelConfig
  readonly parameters: readonly NamedTensor[]
  readonly data: Examples
  readonly training: TrainingConfig
  /** `gradients` gives the mean gradient over all examples at `parameters` (FedSGD); `training` is not used then. */
  readonly form: 'parameters' | 'gradients'
  /** Fixes the order of the examples in each epoch. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** Least time between two reports within an epoch, in milliseconds. */
const REPORT_MS = 250

/**
 * ClientUpdate of McMahan et al. 2017, Algorithm 1: E epochs of minibatch steps over the local examples, in a fresh order each
 * epoch; the last, smaller batch is kept. Values are not checked to be finite: see firstNonFinite.
 * Lets the event loop go on every 50 ms. Selects a backend if none is.
 * @yields progress at the end of each epoch and at most four times a second
 * @throws TributaryError `config_invalid`, `data_invalid`, `update_wrong_names`, `update_wrong_shape`, `backend_unavailable`;
 *   the reason of `signal`
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { model, data, training, form, seed, signal } = options
  const specification = modelSpecification(model)
  checkExamples(specification, data)
  const { backend } = await selectBackend()
  const breather = new Breather(signal)

  const batchSize = form === 'gradients' ? data.count : Math.min(training.batchSize ?? data.count, data.count)
  const epochs = form === 'gradients' ? 1 : training.epochs
  const batches = Math.ceil(data.count / batchSize)
  const rows = Math.min(rowsAtOnce(specification), batchSize)
  const order = Uint32Array.from({ length: data.count }, (_, row) => row)
  const random = mersenne(seed)

  let parameters = toTensors(specification, options.parameters)
  const gradient = new BatchGradient(specification, new Gatherer(specification, data, rows), backend === 'webgpu')
  const optimiser = createOptimiser(training)
  const start = performance.now()
  let reported = start
  let samples = 0
  let epochLoss = 0
  let result: Parameters | null = null
  try {
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      // A batch of all examples is a sum: its order stays as it is, so that it is the same for every seed.
      if (batches > 1) shuffle(order, random)
      let lossSum = 0
      for (let batch = 1; batch <= batches; batch += 1) {
        const batchOrder = order.subarray((batch - 1) * batchSize, batch * batchSize)
        for (let at = 0; at < batchOrder.length; at += rows) {
          gradient.add(parameters, batchOrder.subarray(at, at + rows), batchOrder.length)
          samples += Math.min(rows, batchOrder.length - at)
          await breather.breathe()
          const now = performance.now()
          if (now - reported >= REPORT_MS && samples < epoch * data.count) {
            reported = now
            const before = samples - (epoch - 1) * data.count
            yield progress(batch - 1, before > 0 && batch > 1 ? lossSum / ((batch - 1) * batchSize) : null, epoch)
          }
        }
        const { loss, gradients } = await gradient.take()
        lossSum += loss * batchOrder.length
        if (form === 'gradients') result = gradients
        else {
          const next = optimiser.step(parameters, gradients)
          tf.dispose([parameters, gradients])
          parameters = next
        }
      }
      epochLoss = lossSum / data.count
      reported = performance.now()
      yield progress(batches, epochLoss, epoch)
    }
    const seconds = (performance.now() - start) / 1000
    return { tensors: await fromTensors(specification, result ?? parameters), samples: data.count, loss: epochLoss, seconds }
  } finally {
    gradient.dispose()
    optimiser.dispose()
    tf.dispose([parameters, result ?? {}])
  }

  function progress(batch: number, loss: number | null, epoch: number): TrainingProgress {
    const samplesPerSecond = samples / Math.max(1e-3, (performance.now() - start) / 1000)
    return { epoch, epochs, batch, batches, samples, loss, samplesPerSecond }
  }
}
