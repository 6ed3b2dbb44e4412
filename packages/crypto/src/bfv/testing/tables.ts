import type { HeParameters } from '@tributary/protocol'
import { chooseParameters, type ParameterInput } from '../parameters.ts'

/** Repeatable numbers below 2^bits in size (mulberry32, fine for data, never for masks). */
export function seededVector(seed: number, rows: number, bits: number): BigInt64Array {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return (z ^ (z >>> 14)) >>> 0
  }
  return BigInt64Array.from({ length: rows }, () => BigInt.asIntN(bits, (BigInt(next()) << 32n) | BigInt(next())))
}

export const seededColumns = (seed: number, count: number, rows: number, bits: number): BigInt64Array[] =>
  Array.from({ length: count }, (_, i) => seededVector(seed * 1_009 + i, rows, bits))

/** Parameters at N = 8192 and t of 44 bits unless something asks for more. */
export const parametersFor = (changes: Partial<ParameterInput> = {}): HeParameters =>
  chooseParameters({ rows: 10_000, features: [10, 10], parties: 2, fx: 14, fu: 14, extraBits: 0, ...changes })

/** Σ a_i·b_i mod t in [0, t), by plain arithmetic. */
export function innerProduct(a: BigInt64Array, b: BigInt64Array, t: bigint): bigint {
  let sum = 0n
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as bigint) * (b[i] as bigint)
  return ((sum % t) + t) % t
}

export const add = (...vectors: readonly BigInt64Array[]): BigInt64Array =>
  BigInt64Array.from({ length: vectors[0]?.length ?? 0 }, (_, i) =>
    vectors.reduce((sum, vector) => sum + (vector[i] as bigint), 0n),
  )
