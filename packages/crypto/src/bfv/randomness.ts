import { CIPHERTEXT_HEADER } from './serialised-form.ts'

/**
 * Whether the random halves c₁ of any two fresh ciphertexts agree modulo any one prime. A ciphertext that was made by adding plain
 * values to another keeps its c₁: the receiver subtracts the one from the other and reads the values with no key at all. Fresh
 * ones agree by chance in no prime (2^−491,520 and less).
 */
export function sharesRandomness(
  a: readonly Uint8Array[],
  b: readonly Uint8Array[],
  ringDegree: number,
  dataPrimes: number,
): boolean {
  const polynomial = ringDegree * 8
  const halves = (bytes: Uint8Array) =>
    Array.from({ length: dataPrimes }, (_, prime) => {
      const from = CIPHERTEXT_HEADER + (dataPrimes + prime) * polynomial
      return bytes.subarray(from, from + polynomial)
    })
  const others = b.map(halves)
  return a.some((one) => halves(one).some((half, prime) => others.some((other) => equal(half, other[prime]))))
}

function equal(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && one.length === other.length && one.length > 0 && one.every((byte, i) => byte === other[i])
}
