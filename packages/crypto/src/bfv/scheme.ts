import type { HeParameters } from '@tributary/protocol'
import { BfvScheme } from './bfv-scheme.ts'
import { secureBlinding } from './blinding.ts'
import { shareContext } from './context-pool.ts'
import { checkScheme } from './parameters.ts'

/** Sizes follow from the parameters and the rows alone: each side knows them before a byte arrives. */
export interface SchemeSizes {
  /** A seeded public key. */
  readonly publicKeyBytes: number
  /** A fresh ciphertext of u or d. */
  readonly ciphertextBytes: number
  /** A ciphertext of an opening request. */
  readonly openingBytes: number
  /** c = ⌈n/N⌉. */
  readonly chunks: number
  /** g, numbers that one opening carries. */
  readonly packing: number
  /** Ciphertexts of a request for this many numbers, over all keys. */
  openings(numbers: number): number
}

/**
 * The encrypted part of a step (`Layout` tells where rows and numbers lie). Feature and label parties encrypt, combine and request
 * under public keys; the key service makes keys and opens. It learns Σ products + ΣR mod t of each number, uniform as R is; the
 * asking party subtracts its ΣR. All ciphertexts cross the boundary as bytes of exact length, uncompressed.
 */
export interface SlrScheme extends Disposable {
  readonly sizes: SchemeSizes
  /** Fresh key pairs, keysPerStep of each. */
  newKeys(): { readonly publicKeys: Uint8Array[]; readonly secretKeys: Uint8Array[] }
  /**
   * Fresh encryptions of n values mod t: key by key, in each chunk by chunk.
   *
   * @throws TributaryError he_size, he_malformed for the keys.
   */
  encrypt(values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[]
  /**
   * Σ inputs + a fresh encryption of the values, never addPlain: a receiver that knows one input could subtract it.
   *
   * @param inputs ciphertexts of each party as `encrypt` made them; none is allowed.
   * @throws TributaryError he_size, he_malformed.
   */
  combine(inputs: readonly (readonly Uint8Array[])[], values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[]
  /**
   * For each column Σ_i x_i·d_i, masked and flooded at the opening level. Columns are kept in a prepared form between calls, by the
   * identity of their arrays.
   *
   * @param d as `combine` made it.
   * @returns ciphertexts for the key service, and ΣR mod t of each number: known here alone.
   * @throws TributaryError he_size, he_malformed; slr_params for more columns than the keys may open.
   */
  request(
    d: readonly Uint8Array[],
    columns: readonly BigInt64Array[],
    publicKeys: readonly Uint8Array[],
  ): { readonly ciphertexts: Uint8Array[]; readonly maskSums: bigint[] }
  /**
   * Sums of slots mod t, in [0, t), of exactly `numbers` numbers.
   *
   * @throws TributaryError he_size for a wrong count or length, he_malformed for everything after.
   */
  open(ciphertexts: readonly Uint8Array[], secretKeys: readonly Uint8Array[], numbers: number): bigint[]
  /** Whether any ciphertext of `a` has the random half c₁ of any of `b`, in any of its primes: then one is no fresh encryption. */
  sharesRandomness(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean
}

/**
 * One per worker thread and run; takes 0.4 s. Dispose it: nothing else frees its memory.
 *
 * @param rows n after alignment.
 * @throws TributaryError slr_params, he_budget.
 */
export async function createScheme(he: HeParameters, rows: number): Promise<SlrScheme> {
  checkScheme(he, rows)
  return new BfvScheme(he, rows, await shareContext(he), secureBlinding)
}
