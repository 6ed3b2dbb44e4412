import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { allocate, free, multiply, reshaped, view, wasmKernel } from './heap.ts'

/**
 * Gradient of a convolution by its filter, which the WASM backend does not have: with the input unfolded so that row
 * (i, j, c) holds what that place of the window sees, dW [kh·kw·in, out] = unfolded [kh·kw·in, B·h'·w'] × dy [B·h'·w', out].
 * Channels last, no dilation.
 */
export function createConvolutionFilterGradient(): tf.KernelConfig {
  const matMul = wasmKernel(tf.BatchMatMul)
  return {
    kernelName: tf.Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc(call) {
      const { x, dy } = call.inputs as { x: tf.TensorInfo; dy: tf.TensorInfo }
      const { strides, pad, dataFormat, dimRoundingMode, filterShape } = call.attrs as unknown as tf.Conv2DBackpropFilterAttrs
      if (dataFormat !== 'NHWC') throw new Error('the filter gradient on WASM takes NHWC only')
      const backend = call.backend as BackendWasm
      const info = tf.backend_util.computeConv2DInfo(
        x.shape as [number, number, number, number],
        filterShape,
        strides,
        1,
        pad,
        dimRoundingMode,
      )
      const window = info.filterHeight * info.filterWidth * info.inChannels
      const places = info.batchSize * info.outHeight * info.outWidth
      const unfolded = allocate(backend, [window, places])
      unfold(view(backend, x), view(backend, unfolded), info)
      const gradient = multiply(matMul, backend, unfolded, reshaped(dy, [places, info.outChannels]))
      free(backend, unfolded)
      return reshaped(gradient, filterShape)
    },
  }
}

/** x [B, h, w, in] → out [kh, kw, in, B, h', w'], zero where the window reaches over the edge. */
function unfold(x: Float32Array, out: Float32Array, info: tf.backend_util.Conv2DInfo): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } =
    info
  const { top, left } = info.padInfo
  let at = 0
  for (let i = 0; i < filterHeight; i += 1)
    for (let j = 0; j < filterWidth; j += 1) {
      // Columns first … end of the output see a column of x at this place of the window.
      const first = Math.min(outWidth, Math.max(0, Math.ceil((left - j) / strideWidth)))
      const end = Math.max(first, Math.min(outWidth, Math.floor((inWidth - 1 + left - j) / strideWidth) + 1))
      const step = strideWidth * inChannels
      for (let c = 0; c < inChannels; c += 1)
        for (let b = 0; b < batchSize; b += 1)
          for (let row = 0; row < outHeight; row += 1) {
            const y = row * strideHeight + i - top
            if (y < 0 || y >= inHeight) {
              out.fill(0, at, at + outWidth)
              at += outWidth
              continue
            }
            for (let column = 0; column < first; column += 1) out[at++] = 0
            let from = ((b * inHeight + y) * inWidth + first * strideWidth + j - left) * inChannels + c
            for (let column = first; column < end; column += 1, from += step) out[at++] = x[from] as number
            for (let column = end; column < outWidth; column += 1) out[at++] = 0
          }
    }
}
