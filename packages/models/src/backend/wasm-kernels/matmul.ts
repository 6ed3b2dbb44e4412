import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { free, multiply, reshaped, transpose, wasmKernel } from './heap.ts'

/** Rows of A up to which it pays to turn a product round, and elements of B from which on. */
const FEW_ROWS = 32
const LARGE = 4096

/**
 * Products of two matrices, with what backpropagation asks of them. The WASM backend takes XNNPACK only where neither factor is
 * transposed, a plain loop otherwise; and XNNPACK first packs the right factor, which for a layer's weights and a small batch
 * takes longer than the product. Here factors are transposed first, and A B is taken as (Bᵀ Aᵀ)ᵀ where A is small.
 * Batches of matrices and other types go to the backend's own kernel.
 */
export function createMatMul(): tf.KernelConfig {
  const stock = wasmKernel(tf.BatchMatMul)
  const transposeKernel = wasmKernel(tf.Transpose)
  return {
    kernelName: tf.BatchMatMul,
    backendName: 'wasm',
    kernelFunc(call) {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo }
      const { transposeA, transposeB } = call.attrs as unknown as tf.BatchMatMulAttrs
      const float = a.dtype === 'float32' && b.dtype === 'float32'
      if (!float || !isMatrix(a) || !isMatrix(b)) return stock(call)
      const backend = call.backend as BackendWasm
      const [rowsA, columnsA] = a.shape.slice(-2) as [number, number]
      const [rowsB, columnsB] = b.shape.slice(-2) as [number, number]
      const inner = transposeA ? rowsA : columnsA
      if (inner !== (transposeB ? columnsB : rowsB)) return stock(call)
      const turn = rowsA <= FEW_ROWS && rowsB * columnsB >= LARGE
      if (!transposeA && !transposeB && !turn) return stock(call)
      const A = reshaped(a, [rowsA, columnsA])
      const B = reshaped(b, [rowsB, columnsB])
      const made: tf.TensorInfo[] = []
      const keep = (info: tf.TensorInfo) => {
        made.push(info)
        return info
      }
      const T = (x: tf.TensorInfo) => transpose(transposeKernel, backend, x)
      const mul = (x: tf.TensorInfo, y: tf.TensorInfo) => multiply(stock, backend, x, y)
      let out: tf.TensorInfo
      if (transposeA && transposeB) out = T(keep(mul(B, A)))
      else if (transposeA) out = mul(keep(T(A)), B)
      else if (!transposeB) out = T(keep(mul(keep(T(B)), keep(T(A)))))
      // A Bᵀ = (B Aᵀ)ᵀ leaves a large B as it lies.
      else if (rowsA < rowsB) out = T(keep(mul(B, keep(T(A)))))
      else out = mul(A, keep(T(B)))
      free(backend, ...made)
      const outer = (a.shape.length > b.shape.length ? a : b).shape.slice(0, -2)
      return reshaped(out, [...outer, transposeA ? columnsA : rowsA, transposeB ? rowsB : columnsB])
    },
  }
}

const isMatrix = ({ shape }: tf.TensorInfo): boolean => shape.length >= 2 && shape.slice(0, -2).every((axis) => axis === 1)
