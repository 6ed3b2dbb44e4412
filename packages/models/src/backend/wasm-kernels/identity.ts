import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'

/**
 * A clone, of which the tape makes one for each tensor that it keeps for the backward pass. Tensors never change, so one more
 * reference does, as on the other backends; the WASM backend copies.
 */
export const identity: tf.KernelConfig = {
  kernelName: tf.Identity,
  backendName: 'wasm',
  kernelFunc(call) {
    const { x } = call.inputs as { x: tf.TensorInfo }
    ;(call.backend as BackendWasm).incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
  },
}
