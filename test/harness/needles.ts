/** Fewer bytes would be found in random ones by chance. */
export const SHORTEST = 8

interface Needle {
  readonly what: string
  readonly bytes: Uint8Array
  /** Where the four bytes are by which it is found: the rarest, since memory is full of zeros. */
  readonly anchor: number
}

/** Secrets as byte strings, searched all at once: one pass, whatever their number. */
export class Needles {
  readonly #byAnchor = new Map<number, Needle[]>()
  readonly #maybe = new Uint8Array(1 << 20)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** @param secret 8 bytes or more; text is taken as UTF-8 */
  add(what: string, secret: Uint8Array | string): void {
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
    if (bytes.length < SHORTEST) throw new RangeError(`${what}: ${bytes.length} bytes prove nothing`)
    const anchor = rarest(bytes)
    const word = wordAt(bytes, anchor)
    const list = this.#byAnchor.get(word) ?? []
    list.push({ what, bytes, anchor })
    this.#byAnchor.set(word, list)
    this.#maybe[slot(word)] = 1
    this.#count += 1
  }

  /** Kinds of secrets that are in these bytes. */
  in(haystack: Uint8Array): Set<string> {
    const found = new Set<string>()
    for (let i = 0; i + 4 <= haystack.length; i += 1) {
      const word = wordAt(haystack, i)
      if (this.#maybe[slot(word)] === 0) continue
      for (const { what, bytes, anchor } of this.#byAnchor.get(word) ?? [])
        if (!found.has(what) && isAt(haystack, i - anchor, bytes)) found.add(what)
    }
    return found
  }
}

const wordAt = (bytes: Uint8Array, i: number): number =>
  ((bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)) >>>
  0

const slot = (word: number): number => Math.imul(word, 0x9e3779b1) >>> 12

/** Place of the four neighbours with the most different bytes, zeros and ones apart. */
function rarest(bytes: Uint8Array): number {
  let best = 0
  let most = -1
  for (let at = 0; at + 4 <= bytes.length; at += 1) {
    const telling = new Set(bytes.subarray(at, at + 4).filter((byte) => byte !== 0 && byte !== 255)).size
    if (telling > most) [best, most] = [at, telling]
  }
  return best
}

function isAt(haystack: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at < 0 || at + needle.length > haystack.length) return false
  for (let i = 0; i < needle.length; i += 1) if (haystack[at + i] !== needle[i]) return false
  return true
}

type Encoding = 'float64' | 'float32' | 'int64'
const WIDTH: Record<Encoding, number> = { float64: 8, float32: 4, int64: 8 }

/** Numbers as they lie in memory, one after another. */
export function encoded(values: ArrayLike<number> | BigInt64Array, as: Encoding, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(WIDTH[as] * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0
    if (as === 'int64') view.setBigInt64(8 * i, BigInt(value), littleEndian)
    else if (as === 'float64') view.setFloat64(8 * i, Number(value), littleEndian)
    else view.setFloat32(4 * i, Number(value), littleEndian)
  }
  return bytes
}

/** Every run of `together` neighbours of a column, in both byte orders; what would be found in any memory (zeros) is left out. */
export function addRuns(
  needles: Needles,
  what: string,
  values: ArrayLike<number> | BigInt64Array,
  as: Encoding,
  together: number,
) {
  for (const littleEndian of [true, false]) {
    const bytes = encoded(values, as, littleEndian)
    for (let i = 0; i + together <= values.length; i += 1) {
      const run = bytes.subarray(i * WIDTH[as], (i + together) * WIDTH[as])
      if (new Set(run).size >= 4) needles.add(`${what} as ${as}`, run)
    }
  }
}
