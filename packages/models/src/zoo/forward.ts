import type * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig } from '@tributary/protocol'
import { cnn, lenet } from './convolutional-models.ts'
import { affine, mlp, twoNN } from './dense-models.ts'
import type { Parameters } from './layers.ts'

/** A model as a pure function of its parameters and x [B, ...inputShape]; logits or predictions [B, outputs]. */
export type Forward = (parameters: Parameters, x: tf.Tensor) => tf.Tensor2D

export function forwardOf({ name, hidden }: ModelConfig): Forward {
  switch (name) {
    case 'softmax':
    case 'logistic':
    case 'linear':
      return affine
    case '2nn':
      return twoNN
    case 'mlp':
      return mlp(hidden ?? [])
    case 'cnn':
      return cnn
    case 'lenet':
      return lenet
  }
}
