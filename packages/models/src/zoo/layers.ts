import * as tf from '@tensorflow/tfjs-core'

/** A model's parameters by name. */
export type Parameters = Readonly<Record<string, tf.Tensor>>

export function parameter<R extends tf.Rank>(parameters: Parameters, name: string): tf.Tensor<R> {
  const tensor = parameters[name]
  if (tensor === undefined) throw new RangeError(`the parameters have no ${name}`)
  return tensor as tf.Tensor<R>
}

/** x W + b: [B, in] → [B, out] */
export const dense = (parameters: Parameters, name: string, x: tf.Tensor2D): tf.Tensor2D =>
  tf.add(tf.matMul(x, parameter<tf.Rank.R2>(parameters, `${name}/kernel`)), parameter(parameters, `${name}/bias`))

/** Convolution with stride 1, then bias: [B, h, w, in] → [B, h', w', out] */
export const convolution = (parameters: Parameters, name: string, x: tf.Tensor4D, padding: 'same' | 'valid'): tf.Tensor4D =>
  tf.add(tf.conv2d(x, parameter<tf.Rank.R4>(parameters, `${name}/kernel`), 1, padding), parameter(parameters, `${name}/bias`))

/** 2 × 2 max pooling, stride 2; an odd last row or column is dropped: [B, h, w, c] → [B, ⌊h/2⌋, ⌊w/2⌋, c] */
export const halve = (x: tf.Tensor4D): tf.Tensor4D => tf.maxPool(x, 2, 2, 'valid')

/** [B, …] → [B, product of the rest] */
export const flatten = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0] as number, -1])
