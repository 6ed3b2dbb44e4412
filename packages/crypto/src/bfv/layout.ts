import { TributaryError } from '@tributary/protocol'

/** A ciphertext of an opening request: numbers [first, first + count) of a party, under key `key`. */
export interface Opening {
  readonly key: number
  readonly first: number
  readonly count: number
}

/**
 * Where rows and numbers lie in slots.
 *
 * - n ≥ N: chunk k holds rows kN … min(n, (k+1)N) − 1 in slots 0 …; a number is the sum over the slots of one opening, into which
 *   the products of all chunks were added.
 * - n < N: one chunk. g = min(⌊N/n⌋, cap) blocks of n slots: block b is slots bn … (b+1)n − 1. u and d are repeated in each block;
 *   in a request block b holds the column of the opening's number b, and number b is the sum over block b. Other slots are zero
 *   under their mask.
 * - K keys: with p numbers, number f belongs to key ⌊f/⌈p/K⌉⌋. Ciphertexts are in order of numbers, so key by key; those of u and
 *   d are key by key, in each chunk by chunk.
 */
export class Layout {
  readonly rows: number
  readonly slots: number
  /** c = ⌈n/N⌉. */
  readonly chunks: number
  /** g, numbers of one opening. */
  readonly packing: number
  /** Slots of one number. */
  readonly block: number
  readonly keys: number
  readonly #cap: number

  constructor(rows: number, ringDegree: number, keys: number, numbersPerKey: number) {
    this.rows = rows
    this.slots = ringDegree
    this.chunks = Math.ceil(rows / ringDegree)
    this.packing = Math.max(1, Math.min(Math.floor(ringDegree / rows), numbersPerKey))
    this.block = Math.min(rows, ringDegree)
    this.keys = keys
    this.#cap = numbersPerKey
  }

  /** @throws TributaryError slr_params when the keys of a step may not open so many numbers. */
  openings(numbers: number): readonly Opening[] {
    if (!Number.isSafeInteger(numbers) || numbers < 0 || numbers > this.keys * this.#cap)
      throw new TributaryError('slr_params', { reason: `${numbers} numbers, and keys for ${this.keys * this.#cap}` })
    const perKey = Math.ceil(numbers / this.keys)
    const openings: Opening[] = []
    for (let key = 0; key * perKey < numbers; key += 1) {
      const end = Math.min(numbers, (key + 1) * perKey)
      for (let first = key * perKey; first < end; first += this.packing)
        openings.push({ key, first, count: Math.min(this.packing, end - first) })
    }
    return openings
  }

  /** Writes the rows of chunk `chunk` of these columns into their blocks, zeros elsewhere. */
  fill(slots: BigInt64Array, columns: readonly BigInt64Array[], chunk: number): void {
    slots.fill(0n)
    const from = chunk * this.slots
    columns.forEach((column, block) => {
      slots.set(column.subarray(from, from + this.block), block * this.block)
    })
  }

  /** The same for one vector, repeated in all blocks. */
  repeat(slots: BigInt64Array, values: BigInt64Array, chunk: number): void {
    this.fill(slots, Array<BigInt64Array>(this.packing).fill(values), chunk)
  }
}
