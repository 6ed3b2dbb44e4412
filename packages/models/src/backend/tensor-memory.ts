import * as tf from '@tensorflow/tfjs-core'

/** Tensors that are not disposed, and their bytes; equal after each round of training, else something leaks. */
export function tensorMemory(): { readonly tensors: number; readonly bytes: number } {
  const { numTensors, numBytes } = tf.memory()
  return { tensors: numTensors, bytes: numBytes }
}
