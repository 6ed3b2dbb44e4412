import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'

/** Addresses of TensorFlow.js's WASM files, as the application serves them. Node finds its own. */
export interface WasmFiles {
  readonly plain: string
  readonly simd: string
  readonly threadedSimd: string
}

/**
 * Says where the files are, before a backend is selected. Threads stay off also where the page would allow them: sums of several
 * threads are of no fixed order, and the same seed would not give the same bytes.
 */
export function useWasmFiles({ plain, simd, threadedSimd }: WasmFiles): void {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
  })
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
}
