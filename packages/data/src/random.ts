import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of random numbers that its seed fixes. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  float(): number
  /** Uniform integer from 0 up to, not including, `below`. */
  below(below: number): number
  /** Shuffles in place (Fisher and Yates) and returns its argument. */
  shuffle(values: Uint32Array): Uint32Array
}

/**
 * xoroshiro128+ seeded with 32 bits.
 * pure-rand lays the seed into the state as it is, so that neighbouring seeds start with neighbouring outputs: the seed
 * is mixed first and the first outputs are dropped.
 */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(mix32(seed))
  for (let i = 0; i < 32; i++) generator.next()
  const below = (bound: number) => uniformInt(generator, 0, bound - 1)
  return {
    float: () => uniformFloat64(generator),
    below,
    shuffle(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const kept = values[i] ?? 0
        values[i] = values[j] ?? 0
        values[j] = kept
      }
      return values
    },
  }
}

/** The finaliser of MurmurHash3 (Appleby), a bijection on 32 bits. */
function mix32(seed: number): number {
  let h = seed | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
