import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillUniform, halvesOf, sumModulo } from './uniform.ts'

describe('fillUniform', () => {
  it('draws again what is not below t, and reaches all of [0, t)', () => {
    // Just above a power of two nearly half of all draws are rejected.
    const modulus = 2n ** 40n + 1n
    const slots = new BigUint64Array(16_384)
    fillUniform(halvesOf(slots), modulus)
    expect(slots.every((value) => value < modulus)).toBe(true)
    const quarters = [0, 0, 0, 0]
    for (const value of slots) quarters[Number((value * 4n) / modulus)] = (quarters[Number((value * 4n) / modulus)] ?? 0) + 1
    // Ten standard deviations of a binomial count.
    for (const count of quarters) expect(Math.abs(count - 4_096)).toBeLessThan(10 * Math.sqrt(16_384 * 0.25 * 0.75))
  })

  it('compares both halves with those of t', () => {
    const modulus = 2n ** 33n + 3n
    const slots = new BigUint64Array(8_192)
    for (let i = 0; i < 20; i += 1) {
      fillUniform(halvesOf(slots), modulus)
      expect(slots.every((value) => value < modulus)).toBe(true)
    }
  })

  it('draws every slot anew', () => {
    const slots = new BigUint64Array(16_384)
    fillUniform(halvesOf(slots), 2n ** 60n - 1n)
    expect(new Set(slots).size).toBe(16_384)
  })
})

it('sumModulo agrees with bigint arithmetic', () => {
  const numbers = fc.bigInt({ min: 0n, max: 2n ** 60n - 1n })
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(), numbers, (list, a, b, modulus) => {
      const [from, to] = [a % list.length, b % (list.length + 1)]
      const sum = list.slice(from, to).reduce((total, value) => total + value, 0n)
      expect(sumModulo(halvesOf(BigUint64Array.from(list)), from, Math.max(from, to), modulus + 1n)).toBe(sum % (modulus + 1n))
    }),
    { seed: 4 },
  )
})
