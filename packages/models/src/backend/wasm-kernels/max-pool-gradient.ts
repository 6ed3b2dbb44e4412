import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { allocate, view } from './heap.ts'

/** Gradient of max pooling: each dy goes to the first largest value of its window, row by row, as in the cpu backend. */
export const maxPoolGradient: tf.KernelConfig = {
  kernelName: tf.MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc(call) {
    const { dy, input } = call.inputs as { dy: tf.TensorInfo; input: tf.TensorInfo }
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as unknown as tf.MaxPoolGradAttrs
    const backend = call.backend as BackendWasm
    const shape = input.shape as [number, number, number, number]
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
    const dx = allocate(backend, shape)
    spread(view(backend, input), view(backend, dy), view(backend, dx), info)
    return dx
  },
}

function spread(x: Float32Array, dy: Float32Array, dx: Float32Array, info: tf.backend_util.Conv2DInfo): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } =
    info
  const { top, left } = info.padInfo
  dx.fill(0)
  let from = 0
  for (let b = 0; b < batchSize; b += 1)
    for (let row = 0; row < outHeight; row += 1) {
      const y0 = Math.max(0, row * strideHeight - top)
      const y1 = Math.min(inHeight, row * strideHeight - top + filterHeight)
      for (let column = 0; column < outWidth; column += 1) {
        const x0 = Math.max(0, column * strideWidth - left)
        const x1 = Math.min(inWidth, column * strideWidth - left + filterWidth)
        for (let c = 0; c < inChannels; c += 1, from += 1) {
          let largest = Number.NEGATIVE_INFINITY
          let place = -1
          for (let yy = y0; yy < y1; yy += 1)
            for (let xx = x0; xx < x1; xx += 1) {
              const at = ((b * inHeight + yy) * inWidth + xx) * inChannels + c
              const value = x[at] as number
              if (value > largest) {
                largest = value
                place = at
              }
            }
          // A window of NaN alone has no largest value.
          if (place >= 0) dx[place] = (dx[place] as number) + (dy[from] as number)
        }
      }
    }
}
