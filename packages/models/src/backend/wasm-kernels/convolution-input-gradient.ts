import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { allocate, free, view, wasmKernel } from './heap.ts'

/**
 * Gradient of a convolution by its input. With stride 1 it is itself a convolution, of dy with the filter turned by 180° and its
 * channels exchanged, and XNNPACK computes that many times faster than the loop of the WASM backend. Other strides go to the latter.
 */
export function createConvolutionInputGradient(): tf.KernelConfig {
  const stock = wasmKernel(tf.Conv2DBackpropInput)
  const convolve = wasmKernel(tf.Conv2D)
  return {
    kernelName: tf.Conv2DBackpropInput,
    backendName: 'wasm',
    kernelFunc(call) {
      const { dy, filter } = call.inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo }
      const { strides, pad, dataFormat, dimRoundingMode, inputShape } = call.attrs as unknown as tf.Conv2DBackpropInputAttrs
      const backend = call.backend as BackendWasm
      const filterShape = filter.shape as [number, number, number, number]
      const format = tf.backend_util.convertConv2DDataFormat(dataFormat)
      const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode, false, format)
      const { top, bottom, left, right } = info.padInfo
      const [height, width] = filterShape
      const margins = [height - 1 - top, height - 1 - bottom, width - 1 - left, width - 1 - right] as const
      const direct = info.strideHeight === 1 && info.strideWidth === 1 && dataFormat === 'NHWC' && Math.min(...margins) >= 0
      if (!direct) return stock(call)
      const turned = allocate(backend, [height, width, info.outChannels, info.inChannels])
      turn(view(backend, filter), view(backend, turned), height * width, info.inChannels, info.outChannels)
      const result = convolve({
        inputs: { x: dy, filter: turned },
        attrs: {
          strides: 1,
          pad: [
            [0, 0],
            [margins[0], margins[1]],
            [margins[2], margins[3]],
            [0, 0],
          ],
          dataFormat: 'NHWC',
          dilations: 1,
        } as unknown as tf.NamedAttrMap,
        backend,
      })
      free(backend, turned)
      return result
    },
  }
}

/** filter [places, in, out] → out [places, out, in] with the places in reverse order. */
function turn(filter: Float32Array, out: Float32Array, places: number, inputs: number, outputs: number): void {
  let from = 0
  for (let place = places - 1; place >= 0; place -= 1)
    for (let input = 0; input < inputs; input += 1) {
      let to = place * inputs * outputs + input
      for (let output = 0; output < outputs; output += 1, to += inputs) out[to] = filter[from++] as number
    }
}
