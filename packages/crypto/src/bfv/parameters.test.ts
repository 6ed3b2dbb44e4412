import type { HeParameters } from '@tributary/protocol'
import { numbersPerKey, TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keysNeeded } from './key-cap.ts'
import { estimateNoise } from './noise-estimate.ts'
import { checkParameters, checkScheme, chooseParameters, type ParameterInput } from './parameters.ts'
import { largestBatchingPrime } from './primes.ts'

const input = (changes: Partial<ParameterInput> = {}): ParameterInput => ({
  rows: 10_000,
  features: [10, 10],
  parties: 2,
  fx: 14,
  fu: 14,
  extraBits: 0,
  ...changes,
})

const thrown = (work: () => unknown): { code: string; details: unknown } => {
  try {
    work()
  } catch (error) {
    if (error instanceof TributaryError) return { code: error.code, details: error.details }
    throw error
  }
  return { code: 'nothing', details: {} }
}

describe('chooseParameters', () => {
  // Rows, F, ring, τ, primes of an opening: the specification's table, which was measured.
  it.each([
    [1_000, 28, 8192, 40, 1, 12],
    [16_000, 28, 8192, 44, 1, 8],
    [65_000, 28, 8192, 46, 1, 6],
    [260_000, 28, 8192, 48, 2, 19],
    [1_000_000, 28, 8192, 50, 2, 13],
    [4_000, 42, 16384, 56, 2, 53],
    [65_000, 42, 16384, 60, 2, 42],
  ])('%i rows, %i digits: N = %i, t of %i bits, %i primes sent', (rows, digits, ringDegree, bits, primes, measured) => {
    const he = chooseParameters(input({ rows, fx: digits - 22, fu: 22 }))
    expect(he).toMatchObject({ ringDegree, plainModulusBits: bits, openingPrimes: primes, keysPerStep: 1 })
    expect(BigInt(he.plainModulus)).toBe(largestBatchingPrime(bits, ringDegree))
    const noise = { plainBits: bits, primeBits: he.primeBits, chunks: Math.ceil(rows / ringDegree), summands: 3 }
    const left = estimateNoise(noise).opening(primes)
    expect(left).toBeLessThanOrEqual(measured)
    expect(left).toBeGreaterThanOrEqual(4)
  })

  it('needs three bits more where u may grow to eight times the norm', () => {
    expect(chooseParameters(input({ rows: 1_000, extraBits: 3 })).plainModulusBits).toBe(43)
  })

  it('refuses what no plaintext holds, with both sides and the most digits that fit', () => {
    const { code, details } = thrown(() => chooseParameters(input({ rows: 65_000, fx: 22, fu: 22 })))
    expect(code).toBe('slr_overflow_bound')
    // 44 + log2 65000 + log2 2 + 1.01
    expect(details).toEqual({ digits: 44, needed: 62, available: 60, largest: 42 })
    expect(chooseParameters(input({ rows: 65_000, fx: 20, fu: 22 })).plainModulusBits).toBe(60)
  })

  it('takes as many keys as the cap on numbers asks for', () => {
    expect(numbersPerKey(8192, 44)).toBe(36)
    expect(chooseParameters(input({ features: [36, 36] })).keysPerStep).toBe(1)
    expect(chooseParameters(input({ features: [37, 1] })).keysPerStep).toBe(2)
    // Two parties that work together count as one.
    expect(chooseParameters(input({ features: [20, 20, 5], parties: 3, fu: 13 })).keysPerStep).toBe(2)
    expect(thrown(() => keysNeeded(8192, 44, Array<number>(33).fill(100))).code).toBe('slr_params')
  })

  it('refuses figures that are none', () => {
    for (const wrong of [
      { rows: 0 },
      { rows: 1.5 },
      { features: [] },
      { features: [0] },
      { features: [-1] },
      { extraBits: Number.NaN },
    ])
      expect(thrown(() => chooseParameters(input(wrong))).code, JSON.stringify(wrong)).toBe('slr_params')
  })

  it('always gives parameters that pass the check, hold the bound and keep the margins', () => {
    const inputs = fc.record({
      rows: fc.integer({ min: 10, max: 10_000_000 }),
      features: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
      fx: fc.integer({ min: 4, max: 24 }),
      fu: fc.integer({ min: 4, max: 26 }),
      extraBits: fc.constantFrom(0, 3),
    })
    fc.assert(
      fc.property(inputs, (drawn) => {
        const all = { ...drawn, parties: drawn.features.length }
        const needed = all.fx + all.fu + Math.log2(all.rows) + Math.log2(all.parties) + 1.01 + all.extraBits
        const refusal = thrown(() => {
          const he = chooseParameters(all)
          checkParameters(he, all)
          expect(he.plainModulusBits).toBeGreaterThanOrEqual(needed)
          const noise = { plainBits: he.plainModulusBits, primeBits: he.primeBits, summands: all.parties + 1 }
          const estimate = estimateNoise({ ...noise, chunks: Math.ceil(all.rows / he.ringDegree) })
          expect(estimate.opening(he.openingPrimes)).toBeGreaterThanOrEqual(4)
          expect(estimate.floodMargin).toBeGreaterThanOrEqual(40)
        }).code
        expect(refusal).toBe(needed > 60 ? 'slr_overflow_bound' : 'nothing')
      }),
      { numRuns: 200, seed: 1 },
    )
  })
})

describe('checkParameters', () => {
  const right = chooseParameters(input())
  const refusal = (changes: Partial<HeParameters>, of = input()) => thrown(() => checkParameters({ ...right, ...changes }, of))

  it('takes the chosen ones, a larger t and a larger ring', () => {
    expect(refusal({}).code).toBe('nothing')
    expect(refusal({ plainModulusBits: 46, plainModulus: String(largestBatchingPrime(46, 8192)) }).code).toBe('nothing')
    const t = String(largestBatchingPrime(44, 16384))
    expect(refusal({ ringDegree: 16384, plainModulus: t, plainModulusBits: 44, primeBits: [60, 60, 60, 60, 60] }).code).toBe(
      'nothing',
    )
  })

  const t44 = BigInt(chooseParameters(input()).plainModulus)
  it.each<[string, Partial<HeParameters>, string]>([
    ['219 bits of primes at N = 8192', { primeBits: [60, 60, 60, 39] }, 'bits of primes exceed'],
    ['the chain of the larger ring', { primeBits: [60, 60, 60, 60, 60] }, 'bits of primes exceed'],
    ['too short a chain', { primeBits: [60, 60, 38] }, 'instead of'],
    ['the chain in another order', { primeBits: [60, 60, 38, 60] }, 'instead of'],
    ['a composite t', { plainModulus: String(t44 - 16_384n) }, 'not prime'],
    ['a t without slots', { plainModulus: '17592186044399' }, 'no slots'],
    ['a smaller prime t', { plainModulus: String(smallerPrime(t44)) }, 'not the largest'],
    ['a t of other size than it says', { plainModulusBits: 43 }, 't has 44 bits'],
    ['a small t', { plainModulus: String(largestBatchingPrime(39, 8192)), plainModulusBits: 39 }, 'fewer than 40'],
    ['an unknown ring', { ringDegree: 4096 as 8192 }, 'ringDegree'],
    ['a t that is no number', { plainModulus: '0x1000000' }, 'plainModulus'],
    ['fewer keys', { keysPerStep: 0 }, 'keysPerStep'],
    ['more keys', { keysPerStep: 2 }, 'needs 1 keys'],
    ['a level that is not the smallest', { openingPrimes: 2 }, 'enough'],
  ])('refuses %s', (_, changes, reason) => {
    const { code, details } = refusal(changes)
    expect(code).toBe('slr_params')
    expect((details as { reason: string }).reason).toContain(reason)
  })

  it('refuses one key where the columns need two', () => {
    expect(refusal({}, input({ features: [40, 10] })).code).toBe('slr_params')
  })

  it('refuses a level with less than the margin, and a t that leaves none', () => {
    const t48 = { plainModulus: String(largestBatchingPrime(48, 8192)), plainModulusBits: 48 }
    expect(refusal(t48)).toEqual({ code: 'he_budget', details: { bits: 3, needed: 4 } })
    const t54 = { plainModulus: String(largestBatchingPrime(54, 8192)), plainModulusBits: 54, openingPrimes: 3 }
    expect(refusal(t54)).toEqual({ code: 'he_budget', details: { bits: -3, needed: 4 } })
  })

  it('refuses a t that is too small for the rows and digits', () => {
    const { code, details } = refusal({}, input({ rows: 100_000 }))
    expect(code).toBe('slr_overflow_bound')
    expect(details).toMatchObject({ digits: 28, available: 44, largest: 25 })
  })

  it('refuses a flood that stands too low for so many rows', () => {
    const t = { plainModulus: String(largestBatchingPrime(40, 8192)), plainModulusBits: 40 }
    const many = input({ rows: 2_000_000, fx: 6, fu: 6 })
    const { code, details } = refusal(t, many)
    expect(code).toBe('slr_params')
    expect((details as { reason: string }).reason).toContain('flood')
    expect(chooseParameters(many).plainModulusBits).toBe(44)
  })

  it('refuses rows that are none', () => {
    expect(thrown(() => checkScheme(right, 0)).code).toBe('slr_params')
  })
})

function smallerPrime(t: bigint): bigint {
  const isPrime = (n: bigint) => {
    for (let d = 3n; d * d <= n; d += 2n) if (n % d === 0n) return false
    return true
  }
  let candidate = t - 16_384n
  while (!isPrime(candidate)) candidate -= 16_384n
  return candidate
}
