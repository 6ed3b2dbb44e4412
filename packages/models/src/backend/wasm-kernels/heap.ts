import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'

/*
 * Kernels written here work on the heap of the WASM backend. A view of the heap is dead after the next allocation, which may
 * move it: make all outputs first. Inputs are counted references of the engine: free only what a kernel made itself.
 */

/** A float32 array on the heap that is not yet a tensor; not zeroed. */
export const allocate = (backend: BackendWasm, shape: readonly number[]): TensorInfo => backend.makeOutput([...shape], 'float32')

export const free = (backend: BackendWasm, ...infos: readonly TensorInfo[]): void => {
  for (const { dataId } of infos) backend.disposeData(dataId)
}

/** A view; dead after the next allocate. */
export const view = (backend: BackendWasm, info: TensorInfo): Float32Array => backend.typedArrayFromHeap(info) as Float32Array

/** The same values under another shape; not to be freed in addition. */
export const reshaped = ({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo => ({
  dataId,
  dtype,
  shape: [...shape],
})

type KernelFunc = tf.KernelConfig['kernelFunc']

/** A kernel of the WASM backend, to be called by others. @throws Error if it has none of this name */
export function wasmKernel(name: string): KernelFunc {
  const kernel = tf.getKernel(name, 'wasm')
  if (kernel === undefined || kernel === null) throw new Error(`the WASM backend has no kernel ${name}`)
  return kernel.kernelFunc
}

/** A x B for matrices: the kernel of the WASM backend for which neither is transposed. */
export const multiply = (matMul: KernelFunc, backend: BackendWasm, a: TensorInfo, b: TensorInfo): TensorInfo =>
  matMul({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend }) as TensorInfo

export function transpose(kernel: KernelFunc, backend: BackendWasm, x: TensorInfo): TensorInfo {
  return kernel({ inputs: { x }, attrs: { perm: [1, 0] }, backend }) as TensorInfo
}
