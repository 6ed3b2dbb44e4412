import * as tf from '@tensorflow/tfjs-core'
import type { Task } from '../specification/index.ts'

/**
 * A loss summed over the rows and divided by `n`. With n the size of the whole batch, the losses (and gradients) of its parts
 * add up to the batch's mean.
 * @param outputs [B, outputs], of the model
 * @param targets [B, outputs]
 */
export type Loss = (outputs: tf.Tensor2D, targets: tf.Tensor2D, n: number) => tf.Scalar

/** −Σ_k y_k log softmax(z)_k, targets one-hot. Its gradient (softmax(z) − y) / n is given in closed form. */
const softmaxCrossEntropy: Loss = (outputs, targets, n) =>
  scalarWithGradient(outputs, (z) => {
    const shifted = tf.sub(z, tf.max(z, 1, true)) // [B, K], at most 0: exp cannot overflow
    const exponentials = tf.exp(shifted) // [B, K]
    const totals = tf.sum(exponentials, 1, true) // [B, 1]
    const value = tf.sub(tf.log(totals), tf.sum(tf.mul(shifted, targets), 1, true)) // [B, 1]
    return { value: tf.div(tf.sum(value), n), gradient: tf.div(tf.sub(tf.div(exponentials, totals), targets), n) }
  })

/** log(1 + e^z) − y z, written as max(z, 0) − y z + log(1 + e^−|z|); targets 0 or 1. Its gradient is (σ(z) − y) / n. */
const sigmoidCrossEntropy: Loss = (outputs, targets, n) =>
  scalarWithGradient(outputs, (z) => {
    const value = tf.add(tf.sub(tf.relu(z), tf.mul(z, targets)), tf.log1p(tf.exp(tf.neg(tf.abs(z))))) // [B, 1]
    return { value: tf.div(tf.sum(value), n), gradient: tf.div(tf.sub(tf.sigmoid(z), targets), n) }
  })

/** (ŷ − y)², without a factor ½. Its gradient is 2 (ŷ − y) / n. */
const squaredError: Loss = (outputs, targets, n) =>
  scalarWithGradient(outputs, (z) => {
    const residual = tf.sub(z, targets) // [B, 1]
    return { value: tf.div(tf.sum(tf.square(residual)), n), gradient: tf.mul(residual, 2 / n) }
  })

export const lossOf = (task: Task): Loss =>
  ({ classification: softmaxCrossEntropy, binary: sigmoidCrossEntropy, regression: squaredError })[task]

/** Both are computed in the forward pass, as they share their parts; the backward pass only hands the gradient on. */
function scalarWithGradient(x: tf.Tensor2D, f: (x: tf.Tensor2D) => { value: tf.Tensor; gradient: tf.Tensor }): tf.Scalar {
  const op = tf.customGrad((...inputs) => {
    const [input, save] = inputs as [tf.Tensor2D, tf.GradSaveFunc]
    const { value, gradient } = f(input)
    save([gradient])
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0] as tf.Tensor, dy) }
  })
  return op(x) as tf.Scalar
}
