import type { BfvContext } from './context.ts'
import { Handles } from './handles.ts'
import type { Layout } from './layout.ts'
import type { Plaintext } from './seal-module.ts'
import { encode } from './slots.ts'

/** Bytes of prepared columns that a scheme keeps. */
const MOST_BYTES = 256 * 2 ** 20

interface Entry {
  readonly columns: readonly BigInt64Array[]
  readonly handles: Handles
  /** By chunk; null where all entries are zero: SEAL refuses to multiply by zero. */
  readonly plains: readonly (Plaintext | null)[]
}

/**
 * NTT forms of the columns, which are the same in every step: the dearest part of a product. Known by the identity of the arrays,
 * so a column must not change in place. Only what the newest request used is kept, up to a bound of memory.
 */
export class ColumnCache implements Disposable {
  readonly #bfv: BfvContext
  readonly #layout: Layout
  readonly #bytesOfPlain: number
  readonly #entries = new Map<BigInt64Array | undefined, Entry>()

  constructor(bfv: BfvContext, layout: Layout, dataPrimes: number) {
    this.#bfv = bfv
    this.#layout = layout
    this.#bytesOfPlain = bfv.ringDegree * dataPrimes * 8
  }

  /** Drops all but these groups of columns. */
  retain(groups: readonly (readonly BigInt64Array[])[]): void {
    const wanted = new Map(groups.map((group) => [group[0], group]))
    for (const [first, entry] of this.#entries) {
      if (same(entry.columns, wanted.get(first))) continue
      release(entry)
      this.#entries.delete(first)
    }
  }

  /** Gives `work` the group's plaintexts, kept when there is room and deleted after it when not. */
  with<T>(columns: readonly BigInt64Array[], work: (plains: readonly (Plaintext | null)[]) => T): T {
    const known = this.#entries.get(columns[0])
    if (known && same(known.columns, columns)) return work(known.plains)
    const keep = !known && (this.#entries.size + 1) * this.#layout.chunks * this.#bytesOfPlain <= MOST_BYTES
    const entry = this.#prepare(columns)
    if (keep) this.#entries.set(columns[0], entry)
    try {
      return work(entry.plains)
    } finally {
      if (!keep) release(entry)
    }
  }

  [Symbol.dispose](): void {
    for (const entry of this.#entries.values()) release(entry)
    this.#entries.clear()
  }

  #prepare(columns: readonly BigInt64Array[]): Entry {
    const handles = new Handles()
    const slots = new BigInt64Array(this.#layout.slots)
    const plains: (Plaintext | null)[] = []
    for (let chunk = 0; chunk < this.#layout.chunks; chunk += 1) {
      this.#layout.fill(slots, columns, chunk)
      const plain = encode(this.#bfv, slots, (handle) => handles.own(handle))
      if (plain.isZero()) {
        plains.push(null)
        continue
      }
      this.#bfv.evaluator.plainTransformToNttInplace(plain, this.#bfv.freshLevel)
      plains.push(plain)
    }
    return { columns, handles, plains }
  }
}

/** Overwrites the columns before their memory goes back to SEAL's pool. */
function release({ handles, plains }: Entry): void {
  for (const plain of plains) plain?.setZero()
  handles[Symbol.dispose]()
}

const same = (one: readonly BigInt64Array[], other: readonly BigInt64Array[] | undefined): boolean =>
  other !== undefined && one.length === other.length && one.every((column, i) => column === other[i])
