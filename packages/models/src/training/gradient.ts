import * as tf from '@tensorflow/tfjs-core'
import type { ModelSpecification } from '../specification/index.ts'
import { type Forward, forwardOf } from '../zoo/forward.ts'
import type { Parameters } from '../zoo/layers.ts'
import { gradientByOutputs, type Loss, lossOf } from '../zoo/losses.ts'
import type { Gatherer } from './batches.ts'

/** Outputs that wait on the backend until their loss is summed. */
interface Waiting {
  readonly outputs: tf.Tensor2D
  readonly labels: Float32Array
}

/**
 * The gradient of a batch's mean loss, summed up part by part. The loss's own gradient is computed here in float64, or on the backend
 * where reading from it in the middle of a pass is slow: on WebGPU.
 */
export class BatchGradient {
  readonly #names: readonly string[]
  readonly #outputs: number
  readonly #forward: Forward
  readonly #loss: Loss
  readonly #gatherer: Gatherer
  readonly #staysOnBackend: boolean
  readonly #waiting: Waiting[] = []
  #sum: tf.Tensor[] | null = null
  #lossSum = 0
  #rows = 0

  constructor({ config, task, tensors }: ModelSpecification, gatherer: Gatherer, staysOnBackend: boolean) {
    this.#names = tensors.map(({ name }) => name)
    this.#outputs = config.outputs
    this.#forward = forwardOf(config)
    this.#loss = lossOf(task)
    this.#gatherer = gatherer
    this.#staysOnBackend = staysOnBackend
  }

  /** Adds the rows `order` of a batch of `n` rows in one pass: `order` must not exceed the gatherer's rows. */
  add(parameters: Parameters, order: Uint32Array, n: number): void {
    const earlier = this.#sum
    this.#sum = tf.tidy(() => {
      const { x, labels } = this.#gatherer.gather(order)
      const { grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const named = Object.fromEntries(this.#names.map((name, i) => [name, tensors[i] as tf.Tensor]))
        return this.#backpropagateLoss(this.#forward(named, x), labels, n) as unknown as tf.Scalar
      })(this.#names.map((name) => parameters[name] as tf.Tensor))
      return earlier === null ? grads : grads.map((part, i) => tf.add(earlier[i] as tf.Tensor, part))
    })
    if (earlier !== null) tf.dispose(earlier)
    this.#rows += order.length
  }

  /** The outputs again, but the backward pass begins here with the loss's gradient by them, whatever comes from above. */
  #backpropagateLoss(outputs: tf.Tensor2D, labels: Float32Array, n: number): tf.Tensor {
    return tf.customGrad((...inputs) => {
      const [z, save] = inputs as [tf.Tensor2D, tf.GradSaveFunc]
      save([this.#staysOnBackend ? this.#gradientThere(z, labels, n) : this.#gradientHere(z, labels, n)])
      return { value: tf.clone(z), gradFunc: (_dy: tf.Tensor, saved: tf.Tensor[]) => saved[0] as tf.Tensor }
    })(outputs)
  }

  #gradientHere(z: tf.Tensor2D, labels: Float32Array, n: number): tf.Tensor2D {
    this.#lossSum += this.#loss.sum(z.dataSync<'float32'>(), labels, this.#outputs)
    // A copy: the cpu backend gives its own memory away.
    const gradient = this.#loss.link(z).dataSync<'float32'>().slice()
    gradientByOutputs(this.#loss, gradient, labels, this.#outputs, n)
    return tf.tensor2d(gradient, z.shape)
  }

  #gradientThere(z: tf.Tensor2D, labels: Float32Array, n: number): tf.Tensor2D {
    this.#waiting.push({ outputs: tf.keep(tf.clone(z)), labels: labels.slice() })
    // With predictions of 0: −y · scale / n.
    const target = new Float32Array(z.size)
    gradientByOutputs(this.#loss, target, labels, this.#outputs, n)
    return tf.add(tf.mul(this.#loss.link(z), this.#loss.scale / n), tf.tensor2d(target, z.shape))
  }

  /** Ends the batch: its mean loss, and the gradients by name, which the caller disposes. */
  async take(): Promise<{ loss: number; gradients: Parameters }> {
    for (const { outputs, labels } of this.#waiting)
      this.#lossSum += this.#loss.sum(await outputs.data<'float32'>(), labels, this.#outputs)
    this.#forgetWaiting()
    const sum = this.#sum ?? []
    const loss = this.#lossSum / this.#rows
    this.#sum = null
    this.#lossSum = 0
    this.#rows = 0
    return { loss, gradients: Object.fromEntries(this.#names.map((name, i) => [name, sum[i] as tf.Tensor])) }
  }

  dispose(): void {
    if (this.#sum !== null) tf.dispose(this.#sum)
    this.#sum = null
    this.#forgetWaiting()
  }

  #forgetWaiting(): void {
    for (const { outputs } of this.#waiting) outputs.dispose()
    this.#waiting.length = 0
  }
}
