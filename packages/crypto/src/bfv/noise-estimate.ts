/** Bits of noise budget that an opening must still have by the estimate: then a failure is no matter of chance. */
export const LEAST_BUDGET = 4

/** What the noise of one opening depends on. */
export interface NoiseInput {
  /** τ, bits of t. */
  readonly plainBits: number
  /** Bits of the coefficient primes; the last never carries data. */
  readonly primeBits: readonly number[]
  /** c, ciphertexts that the rows fill. */
  readonly chunks: number
  /** Fresh ciphertexts that are summed into d. */
  readonly summands: number
}

/** Bits of Q at the level that still has this many primes. */
const levelBits = (primeBits: readonly number[], primes: number) =>
  primeBits.slice(0, primes).reduce((sum, bits) => sum + bits, 0)

/**
 * Heuristic, from public figures alone (never from a key): budget of Σ products, of the flood, and of an opening by its primes.
 * A budget is that of the largest of N coefficients, each of about normal noise. Fresh noise is what rounding leaves when the last prime
 * is dropped, σ = √(N·summands/18): at N = 2^14 and three summands 52, so of `fresh`, which allows 2^8, one key in seventy falls short
 * by one bit (4.9σ), and none by two (9.8σ). Later stages have two bits and more to spare; LEAST_BUDGET is for what is left.
 */
export function estimateNoise({ plainBits, primeBits, chunks, summands }: NoiseInput) {
  const dataPrimes = primeBits.length - 1
  const fresh = levelBits(primeBits, dataPrimes) - plainBits - 9
  const sum = fresh - Math.max(0, Math.ceil(Math.log2(summands / 4)))
  const products = sum - (plainBits + 8 + Math.ceil(Math.log2(chunks)))
  const flood = fresh - (2 * plainBits + 12)
  const flooded = Math.min(products, flood)
  return {
    fresh: sum,
    products,
    flooded,
    /** Bits by which the flood stands above the noise it has to hide. */
    floodMargin: products - flood,
    opening: (primes: number) => Math.min(flooded, levelBits(primeBits, primes) - plainBits - 9),
  }
}

/** The fewest primes an opening can be sent with, and the bits left there; null primes when not even all suffice. */
export function openingLevel(input: NoiseInput): { readonly primes: number | null; readonly bits: number } {
  const { opening } = estimateNoise(input)
  const dataPrimes = input.primeBits.length - 1
  for (let primes = 1; primes <= dataPrimes; primes += 1)
    if (opening(primes) >= LEAST_BUDGET) return { primes, bits: opening(primes) }
  return { primes: null, bits: opening(dataPrimes) }
}
