import { ciphertextLayout, type HeParameters, TributaryError } from '@tributary/protocol'
import type { MockRandom } from './mock-random.ts'

/*
 * A scheme for tests that hides nothing: integers mod t in the open, with the right lengths, keys that do not fit each other, the
 * randomness of each ciphertext, and real masks. Layout of a ciphertext: u64 key, u64 randomness, u32 count, count u64 values.
 */
const HEAD = 20

export interface MockRequest {
  readonly parts: readonly Uint8Array[]
  readonly maskSums: readonly bigint[]
}

export class MockScheme {
  readonly #he: HeParameters
  readonly #rows: number
  readonly #random: MockRandom
  readonly #t: bigint

  constructor(he: HeParameters, rows: number, random: MockRandom) {
    this.#he = he
    this.#rows = rows
    this.#random = random
    this.#t = BigInt(he.plainModulus)
  }

  get #layout() {
    return ciphertextLayout(this.#he, this.#rows)
  }

  newKeys(): { readonly publicKeys: Uint8Array[]; readonly secretKeys: Uint8Array[] } {
    const { publicKeys, publicKeyBytes } = this.#layout
    const tags = Array.from({ length: publicKeys }, () => this.#random.bits(63))
    return { publicKeys: tags.map((tag) => tagged(tag, publicKeyBytes)), secretKeys: tags.map((tag) => tagged(tag, 64)) }
  }

  encrypt(values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[] {
    return this.combine([], values, publicKeys)
  }

  /** Σ inputs + fresh encryption of values. */
  combine(inputs: readonly (readonly Uint8Array[])[], values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[] {
    return this.#sum(inputs, values, publicKeys, () => this.#random.bits(63))
  }

  /** The attack: values are added in plain, so the sum keeps the randomness of its one input. */
  addPlain(input: readonly Uint8Array[], values: BigInt64Array, publicKeys: readonly Uint8Array[]): Uint8Array[] {
    const randomness = new DataView((input[0] ?? new Uint8Array(HEAD)).buffer, input[0]?.byteOffset ?? 0).getBigUint64(8, true)
    return this.#sum([input], values, publicKeys, () => randomness)
  }

  #sum(
    inputs: readonly (readonly Uint8Array[])[],
    values: BigInt64Array,
    publicKeys: readonly Uint8Array[],
    randomness: () => bigint,
  ): Uint8Array[] {
    const { chunks, ciphertextBytes, vectorCiphertexts } = this.#layout
    for (const input of inputs) this.#requireSize(input, vectorCiphertexts, ciphertextBytes)
    return publicKeys.flatMap((key, keyIndex) =>
      Array.from({ length: chunks }, (_, chunk) => {
        const own = values.subarray(chunk * this.#he.ringDegree, (chunk + 1) * this.#he.ringDegree)
        const sum = Array.from(own, (value) => BigInt(value))
        for (const input of inputs) {
          const part = input[keyIndex * chunks + chunk] ?? new Uint8Array(HEAD)
          if (tagOf(part) !== tagOf(key)) throw new TributaryError('he_malformed')
          valuesOf(part).forEach((value, index) => {
            sum[index] = (sum[index] ?? 0n) + value
          })
        }
        return write(tagOf(key), randomness(), sum, this.#t, ciphertextBytes)
      }),
    )
  }

  /** One masked number for each column. */
  request(d: readonly Uint8Array[], columns: readonly BigInt64Array[], publicKeys: readonly Uint8Array[]): MockRequest {
    const { chunks, ciphertextBytes, vectorCiphertexts, openingBytes, packing } = this.#layout
    this.#requireSize(d, vectorCiphertexts, ciphertextBytes)
    const perKey = Math.ceil(columns.length / publicKeys.length)
    const parts: Uint8Array[] = []
    const maskSums: bigint[] = []
    publicKeys.forEach((key, keyIndex) => {
      const own = d.slice(keyIndex * chunks, (keyIndex + 1) * chunks)
      if (own.some((part) => tagOf(part) !== tagOf(key))) throw new TributaryError('he_malformed')
      const vector = own.flatMap((part) => [...valuesOf(part)])
      const mine = columns.slice(keyIndex * perKey, (keyIndex + 1) * perKey)
      const masks = mine.map(() => this.#random.residue(this.#t))
      const sums = mine.map((column, index) => this.#product(column, vector) + (masks[index] ?? 0n))
      maskSums.push(...masks)
      for (let first = 0; first < sums.length; first += packing) {
        parts.push(write(tagOf(key), this.#random.bits(63), sums.slice(first, first + packing), this.#t, openingBytes))
      }
    })
    return { parts, maskSums }
  }

  #product(column: BigInt64Array, vector: readonly bigint[]): bigint {
    let sum = 0n
    for (let i = 0; i < column.length; i += 1) sum += (column[i] ?? 0n) * (vector[i] ?? 0n)
    return sum
  }

  open(parts: readonly Uint8Array[], secretKeys: readonly Uint8Array[], numbers: number): bigint[] {
    const { openings, openingBytes } = this.#layout
    this.#requireSize(parts, openings(numbers), openingBytes)
    return parts.flatMap((part) => {
      if (!secretKeys.some((key) => tagOf(key) === tagOf(part))) throw new TributaryError('he_malformed')
      return [...valuesOf(part)]
    })
  }

  sharesRandomness(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
    return a.some((one) => b.some((other) => view(one).getBigUint64(8, true) === view(other).getBigUint64(8, true)))
  }

  #requireSize(parts: readonly Uint8Array[], count: number, bytes: number): void {
    if (parts.length === count && parts.every((part) => part.length === bytes)) return
    throw new TributaryError('he_size', { actual: parts.reduce((sum, { length }) => sum + length, 0), expected: count * bytes })
  }
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const tagOf = (bytes: Uint8Array): bigint => view(bytes).getBigUint64(0, true)

function tagged(tag: bigint, bytes: number): Uint8Array {
  const key = new Uint8Array(bytes)
  view(key).setBigUint64(0, tag, true)
  return key
}

function valuesOf(part: Uint8Array): bigint[] {
  const bytes = view(part)
  return Array.from({ length: bytes.getUint32(16, true) }, (_, index) => bytes.getBigUint64(HEAD + 8 * index, true))
}

function write(tag: bigint, randomness: bigint, values: readonly bigint[], t: bigint, length: number): Uint8Array {
  const part = new Uint8Array(length)
  const bytes = view(part)
  bytes.setBigUint64(0, tag, true)
  bytes.setBigUint64(8, randomness, true)
  bytes.setUint32(16, values.length, true)
  values.forEach((value, index) => {
    bytes.setBigUint64(HEAD + 8 * index, ((value % t) + t) % t, true)
  })
  return part
}
