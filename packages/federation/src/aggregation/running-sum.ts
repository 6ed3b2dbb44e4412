import { advance, compiled, F64, I32, local, moduleOf, setLocal, V128, vectorOf, whileBelow } from './wasm-module.ts'

/** A flat vector of float64 that scaled float32 vectors are added to. */
export interface RunningSum {
  readonly values: Float64Array
  /** values[at + i] += weight · x[i], each product and sum rounded to float64 */
  add(at: number, weight: number, x: Float32Array): void
}

/** Below this the plain loop is as fast, and a memory of its own is not worth its pages. */
const FEW = 4096
const PAGE_BYTES = 1 << 16
const MAX_PAGES = 1 << 16
/** The memory's first pages take the vector to be added, piece by piece; the sum lies behind them. */
const PIECE_PAGES = 4
const PIECE_BYTES = PIECE_PAGES * PAGE_BYTES
const PIECE = PIECE_BYTES / 4
/** Values that the kernel adds in one step. */
const STRIDE = 8

/**
 * A sum of zeros. Large ones are added to by a WebAssembly kernel, several times as fast as a loop over typed arrays and equal to
 * it in every bit; small ones, those of more than 4 GiB and those of a machine without 128-bit vectors by that loop.
 */
export function createRunningSum(size: number): RunningSum {
  return (size < FEW ? null : kernelSum(size)) ?? plainSum(size)
}

/** By the loop. */
export function plainSum(size: number): RunningSum {
  const values = new Float64Array(size)
  return { values, add: (at, weight, x) => addScaled(values, at, weight, x) }
}

/** sum[at + i] += weight · x[i] */
export function addScaled(sum: Float64Array, at: number, weight: number, x: Float32Array): void {
  for (let i = 0, j = at; i < x.length; i += 1, j += 1) sum[j] = (sum[j] as number) + weight * (x[i] as number)
}

type AddKernel = (sum: number, from: number, end: number, weight: number) => void

/** By the kernel; null where it cannot run or the sum is too large for it. */
export function kernelSum(size: number): RunningSum | null {
  const pages = PIECE_PAGES + Math.ceil((8 * size) / PAGE_BYTES)
  const kernel = pages > MAX_PAGES ? null : kernelModule()
  if (kernel === null) return null
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const instance = new WebAssembly.Instance(kernel, { host: { memory } })
  const add = instance.exports.add as AddKernel
  const piece = new Float32Array(memory.buffer, 0, PIECE)
  const values = new Float64Array(memory.buffer, PIECE_BYTES, size)
  return {
    values,
    add(at, weight, x) {
      if (at < 0 || at + x.length > size) throw new RangeError(`${x.length} values at ${at} of a sum of ${size}`)
      for (let start = 0; start < x.length; start += PIECE) {
        const part = x.length <= PIECE ? x : x.subarray(start, start + PIECE)
        piece.set(part)
        const strides = part.length - (part.length % STRIDE)
        add(PIECE_BYTES + 8 * (at + start), 0, 4 * strides, weight)
        if (strides < part.length) addScaled(values, at + start + strides, weight, part.subarray(strides))
      }
    },
  }
}

const SUM = 0
const FROM = 1
const END = 2
const WEIGHT = 3
const WEIGHTS = 4

/** v128.store(sum + 16k, f64x2.add(v128.load(sum + 16k), f64x2.mul(weights, f64x2.promote_low(v128.load64_zero(from + 8k))))) */
const addPair = (k: number): number[] => [
  ...local(SUM),
  ...local(SUM),
  ...vectorOf(0, 3, 16 * k),
  ...local(WEIGHTS),
  ...local(FROM),
  ...vectorOf(93, 2, 8 * k),
  ...vectorOf(95),
  ...vectorOf(242),
  ...vectorOf(240),
  ...vectorOf(11, 3, 16 * k),
]

const kernelBytes = moduleOf({
  name: 'add',
  parameters: [I32, I32, I32, F64],
  results: [],
  locals: [V128],
  code: [
    ...local(WEIGHT),
    // f64x2.splat
    ...vectorOf(20),
    ...setLocal(WEIGHTS),
    ...whileBelow(FROM, END, [...[0, 1, 2, 3].flatMap(addPair), ...advance(SUM, 8 * STRIDE), ...advance(FROM, 4 * STRIDE)]),
  ],
})

/** Compiled at its first use, once for each thread. */
let kept: WebAssembly.Module | null | undefined
function kernelModule(): WebAssembly.Module | null {
  if (kept === undefined) kept = compiled(kernelBytes)
  return kept
}
