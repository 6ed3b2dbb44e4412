import * as tf from '@tensorflow/tfjs-core'
import type { Task } from '../specification/index.ts'

/**
 * A loss with the link function that belongs to it, so that its gradient by the outputs z is (link(z) − y) · scale / n.
 * Values and gradients are few numbers: they are computed here in float64, which rounds once. Only the link needs a
 * transcendental function; it runs on the backend, because gradients pass through it and Math.exp differs between engines.
 */
export interface Loss {
  /** Predictions from outputs, both [B, outputs]: probabilities or values. */
  readonly link: (outputs: tf.Tensor2D) => tf.Tensor2D
  readonly scale: number
  /** The sum over the rows. `outputs` [labels.length, width], row-major. */
  sum(outputs: Float32Array, labels: Float32Array, width: number): number
}

/** log Σ_k e^z_k − z_y: softmax cross-entropy from logits; labels are class indices. */
const softmaxCrossEntropy: Loss = {
  link: (outputs) => tf.softmax(outputs),
  scale: 1,
  sum(outputs, labels, width) {
    let total = 0
    for (let row = 0; row < labels.length; row += 1) {
      const z = outputs.subarray(row * width, (row + 1) * width)
      const top = z.reduce((largest, value) => Math.max(largest, value))
      const exponentials = z.reduce((sum, value) => sum + Math.exp(value - top), 0)
      total += top + Math.log(exponentials) - (z[labels[row] as number] as number)
    }
    return total
  },
}

/** log(1 + e^z) − y z: sigmoid cross-entropy from logits, written so that e^ cannot overflow; labels are 0 or 1. */
const sigmoidCrossEntropy: Loss = {
  link: (outputs) => tf.sigmoid(outputs),
  scale: 1,
  sum: (outputs, labels) =>
    labels.reduce((total, y, row) => {
      const z = outputs[row] as number
      return total + Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z)))
    }, 0),
}

/** (ŷ − y)², without a factor ½, so its gradient is 2 (ŷ − y). */
const squaredError: Loss = {
  link: (outputs) => outputs,
  scale: 2,
  sum: (outputs, labels) => labels.reduce((total, y, row) => total + ((outputs[row] as number) - y) ** 2, 0),
}

export const lossOf = (task: Task): Loss =>
  ({ classification: softmaxCrossEntropy, binary: sigmoidCrossEntropy, regression: squaredError })[task]

/**
 * (prediction − y) · scale / n in place, with y one-hot where there are several outputs. With n the size of a whole batch, the
 * gradients of its parts add up to the gradient of its mean.
 * @param predictions [labels.length, width], row-major
 */
export function gradientByOutputs(
  { scale }: Loss,
  predictions: Float32Array,
  labels: Float32Array,
  width: number,
  n: number,
): void {
  for (let row = 0; row < labels.length; row += 1)
    for (let k = 0; k < width; k += 1) {
      const label = labels[row] as number
      const y = width === 1 ? label : k === label ? 1 : 0
      predictions[row * width + k] = (((predictions[row * width + k] as number) - y) * scale) / n
    }
}
