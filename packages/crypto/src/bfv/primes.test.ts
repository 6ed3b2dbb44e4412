import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPrime, largestBatchingPrime } from './primes.ts'

const byDivision = (n: number) => {
  if (n < 2) return false
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false
  return true
}

describe('isPrime', () => {
  it('agrees with trial division', () => {
    for (let n = 0; n < 5_000; n += 1) expect(isPrime(BigInt(n)), String(n)).toBe(byDivision(n))
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 30, max: 2 ** 34 }), (n) => isPrime(BigInt(n)) === byDivision(n)),
      { numRuns: 50, seed: 3 },
    )
  })

  it('is not deceived by Carmichael numbers, strong pseudoprimes and squares of primes', () => {
    // The last is the least strong pseudoprime to the first nine primes (OEIS A014233).
    for (const n of [561n, 1_729n, 3_215_031_751n, 341_550_071_728_321n, 3_825_123_056_546_413_051n])
      expect(isPrime(n)).toBe(false)
    expect(isPrime(1_000_003n * 1_000_003n)).toBe(false)
    expect(isPrime(2n ** 61n - 1n)).toBe(true)
  })
})

describe('largestBatchingPrime', () => {
  it('gives what SEAL 4.1 gives for Batching(N, bits)', () => {
    expect(largestBatchingPrime(44, 8192)).toBe(17_592_186_028_033n)
    expect(largestBatchingPrime(56, 16384)).toBe(72_057_594_037_370_881n)
    expect(largestBatchingPrime(60, 16384)).toBe(1_152_921_504_606_748_673n)
  })

  it('leaves no larger one of its size', () => {
    for (const bits of [40, 45, 51]) {
      const t = largestBatchingPrime(bits, 8192) as bigint
      expect(t % 16_384n).toBe(1n)
      for (let larger = t + 16_384n; larger < 1n << BigInt(bits); larger += 16_384n) expect(isPrime(larger)).toBe(false)
    }
  })

  it('is null where there is none', () => {
    expect(largestBatchingPrime(14, 8192)).toBeNull()
  })
})
