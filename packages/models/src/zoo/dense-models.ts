import * as tf from '@tensorflow/tfjs-core'
import { dense, flatten, type Parameters } from './layers.ts'

/** Softmax, logistic and linear regression: one affine map. For softmax and logistic regression the outputs are logits. */
export const affine = (parameters: Parameters, x: tf.Tensor): tf.Tensor2D => dense(parameters, 'dense1', flatten(x)) // [B, outputs]

/** McMahan et al. 2017, section 3, "2NN": two hidden layers of 200 ReLU units; 199,210 parameters on MNIST. */
export function twoNN(parameters: Parameters, x: tf.Tensor): tf.Tensor2D {
  const h1 = tf.relu(dense(parameters, 'dense1', flatten(x))) // [B, 200]
  const h2 = tf.relu(dense(parameters, 'dense2', h1)) // [B, 200]
  return dense(parameters, 'dense3', h2) // [B, outputs]
}

/** A perceptron with hidden ReLU layers of the widths `hidden`, for tables. */
export const mlp =
  (hidden: readonly number[]) =>
  (parameters: Parameters, x: tf.Tensor): tf.Tensor2D => {
    let h = flatten(x) // [B, features]
    for (const layer of hidden.keys()) h = tf.relu(dense(parameters, `dense${layer + 1}`, h)) // [B, hidden[layer]]
    return dense(parameters, `dense${hidden.length + 1}`, h) // [B, outputs]
  }
