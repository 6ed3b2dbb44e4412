import {
  advance,
  compiled,
  constant,
  I32,
  local,
  moduleOf,
  setLocal,
  V128,
  vectorOf,
  whileBelow,
} from '../aggregation/wasm-module.ts'

/** Below this a call of the kernel does not pay. */
const FEW = 256
/** The kernel's memory takes the values piece by piece. */
const PIECE_BYTES = 1 << 18
const PIECE = PIECE_BYTES / 4
/** Values that the kernel looks at in one step. */
const STRIDE = 16

/** True when no value is NaN or infinite: those are the floats whose exponent bits are all set (IEEE 754, section 3.4). */
export function allFinite(values: Float32Array): boolean {
  const vectors = values.length < FEW ? null : kernel()
  if (vectors === null) return allFinitePlainly(values)
  const { finite, piece } = vectors
  for (let start = 0; start < values.length; start += PIECE) {
    const part = values.length <= PIECE ? values : values.subarray(start, start + PIECE)
    piece.set(part)
    const end = Math.ceil(part.length / STRIDE) * STRIDE
    piece.fill(0, part.length, end)
    if (finite(0, 4 * end) === 0) return false
  }
  return true
}

/** The same by a plain loop. */
export function allFinitePlainly(values: Float32Array): boolean {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & 0x7f800000) === 0x7f800000) return false
  return true
}

const AT = 0
const END = 1
const SIGN = 2
const EXPONENT = 3
const FOUND = 4

const splat = (value: number): number[] => [...constant(value), ...vectorOf(17)]

/**
 * found |= (v128.load(at + 16k) & 0x7fffffff) + 0x00800000, in four lanes: one more in the exponent's last bit carries into the
 * sign bit exactly when all of the exponent's bits are set.
 */
const lookAt = (k: number): number[] => [
  ...local(FOUND),
  ...local(AT),
  ...vectorOf(0, 4, 16 * k),
  ...local(SIGN),
  ...vectorOf(78),
  ...local(EXPONENT),
  ...vectorOf(174),
  ...vectorOf(80),
  ...setLocal(FOUND),
]

const kernelBytes = moduleOf({
  name: 'finite',
  parameters: [I32, I32],
  results: [I32],
  locals: [V128, V128, V128],
  code: [
    ...[...splat(0x7fffffff), ...setLocal(SIGN)],
    ...[...splat(0x00800000), ...setLocal(EXPONENT)],
    ...whileBelow(AT, END, [...[0, 1, 2, 3].flatMap(lookAt), ...advance(AT, 4 * STRIDE)]),
    // i32x4.bitmask gathers the sign bits; i32.eqz.
    ...[...local(FOUND), ...vectorOf(164), 0x45],
  ],
})

interface Kernel {
  finite: (at: number, end: number) => number
  piece: Float32Array
}

function createKernel(): Kernel | null {
  const module = compiled(kernelBytes)
  if (module === null) return null
  const memory = new WebAssembly.Memory({ initial: PIECE_BYTES >> 16, maximum: PIECE_BYTES >> 16 })
  const { exports } = new WebAssembly.Instance(module, { host: { memory } })
  return { finite: exports.finite as Kernel['finite'], piece: new Float32Array(memory.buffer) }
}

/** Made at its first use, once for each thread. */
let made: Kernel | null | undefined
function kernel(): Kernel | null {
  if (made === undefined) made = createKernel()
  return made
}
