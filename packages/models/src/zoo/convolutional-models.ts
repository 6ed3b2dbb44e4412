import * as tf from '@tensorflow/tfjs-core'
import { convolution, dense, flatten, halve, type Parameters } from './layers.ts'

/** McMahan et al. 2017, section 3, "CNN"; 1,663,370 parameters on MNIST, whose shapes the comments give. */
export function cnn(parameters: Parameters, x: tf.Tensor): tf.Tensor2D {
  const c1 = tf.relu(convolution(parameters, 'conv1', x as tf.Tensor4D, 'same')) // [B, 28, 28, 32]
  const c2 = tf.relu(convolution(parameters, 'conv2', halve(c1), 'same')) // [B, 14, 14, 64]
  const h = tf.relu(dense(parameters, 'dense1', flatten(halve(c2)))) // [B, 3136] → [B, 512]
  return dense(parameters, 'dense2', h) // [B, outputs]
}

/**
 * LeNet-5 (LeCun et al. 1998, section II.B) as it is usually built today: ReLU instead of the scaled tanh, max pooling instead
 * of trained subsampling, all maps of the second convolution connected, softmax instead of RBF outputs; 61,706 parameters on MNIST.
 */
export function lenet(parameters: Parameters, x: tf.Tensor): tf.Tensor2D {
  const c1 = tf.relu(convolution(parameters, 'conv1', x as tf.Tensor4D, 'same')) // [B, 28, 28, 6]
  const c2 = tf.relu(convolution(parameters, 'conv2', halve(c1), 'valid')) // [B, 14, 14, 6] → [B, 10, 10, 16]
  const h1 = tf.relu(dense(parameters, 'dense1', flatten(halve(c2)))) // [B, 400] → [B, 120]
  const h2 = tf.relu(dense(parameters, 'dense2', h1)) // [B, 84]
  return dense(parameters, 'dense3', h2) // [B, outputs]
}
