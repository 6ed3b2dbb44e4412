import * as tf from '@tensorflow/tfjs-core'
import type { ModelSpecification } from '../specification/index.ts'
import { type Forward, forwardOf } from '../zoo/forward.ts'
import type { Parameters } from '../zoo/layers.ts'
import { type Loss, lossOf } from '../zoo/losses.ts'
import type { Gatherer } from './batches.ts'

/** The gradient of a batch's mean loss, summed up part by part. */
export class BatchGradient {
  readonly #names: readonly string[]
  readonly #forward: Forward
  readonly #loss: Loss
  readonly #gatherer: Gatherer
  #sum: tf.Tensor[] | null = null
  #total = 0

  constructor({ config, task, tensors }: ModelSpecification, gatherer: Gatherer) {
    this.#names = tensors.map(({ name }) => name)
    this.#forward = forwardOf(config)
    this.#loss = lossOf(task)
    this.#gatherer = gatherer
  }

  /** Adds the rows `order` of a batch of `n` rows. Takes one pass: `order` must not exceed the gatherer's rows. */
  add(parameters: Parameters, order: Uint32Array, n: number): void {
    const earlier = this.#sum
    const { value, gradients } = tf.tidy(() => {
      const { x, targets } = this.#gatherer.gather(order)
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const named = Object.fromEntries(this.#names.map((name, i) => [name, tensors[i] as tf.Tensor]))
        return this.#loss(this.#forward(named, x), targets, n)
      })(this.#names.map((name) => parameters[name] as tf.Tensor))
      return { value, gradients: earlier === null ? grads : grads.map((part, i) => tf.add(earlier[i] as tf.Tensor, part)) }
    })
    if (earlier !== null) tf.dispose(earlier)
    this.#sum = gradients
    this.#total += value.dataSync()[0] as number
    value.dispose()
  }

  /** Ends the batch: its mean loss and the gradients by name, which the caller disposes. */
  take(): { loss: number; gradients: Parameters } {
    const sum = this.#sum ?? []
    const loss = this.#total
    this.#sum = null
    this.#total = 0
    return { loss, gradients: Object.fromEntries(this.#names.map((name, i) => [name, sum[i] as tf.Tensor])) }
  }

  dispose(): void {
    if (this.#sum !== null) tf.dispose(this.#sum)
    this.#sum = null
  }
}
