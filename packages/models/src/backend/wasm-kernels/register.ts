import * as tf from '@tensorflow/tfjs-core'
import { createConvolutionFilterGradient } from './convolution-filter-gradient.ts'
import { createConvolutionInputGradient } from './convolution-input-gradient.ts'
import { identity } from './identity.ts'
import { createMatMul } from './matmul.ts'
import { maxPoolGradient } from './max-pool-gradient.ts'

let registered = false

/** Adds what training needs and the WASM backend lacks or does slowly. Call once the backend is ready; later calls do nothing. */
export function registerWasmKernels(): void {
  if (registered) return
  registered = true
  // The filter gradient multiplies by the stock kernel, so it is made before that one is replaced.
  const kernels = [createConvolutionFilterGradient(), createConvolutionInputGradient(), createMatMul(), maxPoolGradient, identity]
  for (const kernel of kernels) {
    const stock = tf.getKernel(kernel.kernelName, 'wasm')
    if (stock !== undefined && stock !== null) tf.unregisterKernel(kernel.kernelName, 'wasm')
    tf.registerKernel(kernel)
  }
}
