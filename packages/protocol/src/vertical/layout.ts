import type { HeParameters } from './manifest.ts'

/** Bytes before the coefficients of an uncompressed ciphertext of SEAL 4.1, and of a public key with the seed of its random half. */
const CIPHERTEXT_HEADER = 113
const SEEDED_KEY_HEADER = 194

/** How many binary parts of which length a vertical message has: what anybody can check before a byte is loaded. */
export interface CiphertextLayout {
  /** c = ⌈n/N⌉ ciphertexts for one vector of n rows. */
  readonly chunks: number
  /** g: numbers that one opening carries when rows are few. */
  readonly packing: number
  /** Parts of `step-key`, one for each key of a step. */
  readonly publicKeys: number
  readonly publicKeyBytes: number
  /** Parts of `u` and `d`, key by key, chunk by chunk. */
  readonly vectorCiphertexts: number
  readonly ciphertextBytes: number
  readonly openingBytes: number
  /** Numbers that the keys of a step may open for one party. */
  readonly mostNumbers: number
  /** Parts of `open` for p_j numbers, spread evenly over the keys. */
  openings(numbers: number): number
}

/**
 * Most numbers that one key may open for one party: a crafted ciphertext (0, c₁) reads ⌊τ/log2(3)⌋ ternary coefficients of the secret
 * key with each, so this many read an eighth of the key.
 */
export const numbersPerKey = (ringDegree: number, plainBits: number): number =>
  Math.floor(ringDegree / ((8 * plainBits) / Math.log2(3)))

export function ciphertextLayout(he: HeParameters, rows: number): CiphertextLayout {
  const { ringDegree, plainModulusBits, primeBits, openingPrimes, keysPerStep } = he
  const cap = numbersPerKey(ringDegree, plainModulusBits)
  const chunks = Math.ceil(rows / ringDegree)
  const packing = Math.max(1, Math.min(Math.floor(ringDegree / rows), cap))
  // Two polynomials of N coefficients of 8 bytes for each prime; the last prime carries no data. A seeded key has one of them.
  const ciphertextBytes = (primes: number) => CIPHERTEXT_HEADER + 16 * ringDegree * primes
  return {
    chunks,
    packing,
    publicKeys: keysPerStep,
    publicKeyBytes: SEEDED_KEY_HEADER + 8 * ringDegree * primeBits.length,
    vectorCiphertexts: keysPerStep * chunks,
    ciphertextBytes: ciphertextBytes(primeBits.length - 1),
    openingBytes: ciphertextBytes(openingPrimes),
    mostNumbers: keysPerStep * cap,
    openings(numbers) {
      if (numbers === 0) return 0
      const perKey = Math.ceil(numbers / keysPerStep)
      const wholeKeys = Math.floor(numbers / perKey)
      return wholeKeys * Math.ceil(perKey / packing) + Math.ceil((numbers - wholeKeys * perKey) / packing)
    },
  }
}
