/** Most bytes that getRandomValues gives at once. */
const QUOTA = 65_536

/**
 * Fills 64-bit slots with numbers uniform in [0, t) from the system's CSPRNG: draws of exactly τ bits, those ≥ t are drawn again.
 *
 * @param words pairs of low and high 32-bit halves (WebAssembly's byte order is little-endian, and so are its hosts).
 * @param modulus t, of more than 32 bits.
 */
export function fillUniform(words: Uint32Array, modulus: bigint): void {
  const high = Number(modulus >> 32n)
  const low = Number(modulus & 0xffff_ffffn)
  const mask = 2 ** (32 - Math.clz32(high)) - 1
  fillRandom(words)
  const again = new Uint32Array(2)
  for (let i = 0; i < words.length; i += 2) {
    let lowHalf = words[i] as number
    let highHalf = ((words[i + 1] as number) & mask) >>> 0
    while (highHalf > high || (highHalf === high && lowHalf >= low)) {
      crypto.getRandomValues(again)
      lowHalf = again[0] as number
      highHalf = ((again[1] as number) & mask) >>> 0
    }
    words[i] = lowHalf
    words[i + 1] = highHalf
  }
}

function fillRandom(words: Uint32Array): void {
  const step = QUOTA / words.BYTES_PER_ELEMENT
  for (let i = 0; i < words.length; i += step) crypto.getRandomValues(words.subarray(i, i + step) as Uint32Array<ArrayBuffer>)
}

/** Σ mod t of the 64-bit slots [from, to), given as halves. Exact: to 2^21 slots of 32 bits fit a double. */
export function sumModulo(words: Uint32Array, from: number, to: number, modulus: bigint): bigint {
  let low = 0
  let high = 0
  for (let i = 2 * from; i < 2 * to; i += 2) {
    low += words[i] as number
    high += words[i + 1] as number
  }
  return ((BigInt(high) << 32n) + BigInt(low)) % modulus
}

/** The same memory as halves. */
export const halvesOf = (slots: BigInt64Array | BigUint64Array): Uint32Array =>
  new Uint32Array(slots.buffer, slots.byteOffset, 2 * slots.length)
