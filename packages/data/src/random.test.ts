import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

describe('seededRandom', () => {
  it('gives the same stream for the same seed and another for another', () => {
    const stream = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 50 }, () => random.float())
    }
    expect(stream(7)).toEqual(stream(7))
    expect(stream(7)).not.toEqual(stream(8))
    expect(stream(0)).not.toEqual(stream(2 ** 31))
  })

  it('is uniform over seeds too: first draws of neighbouring seeds are independent', () => {
    const firsts = Array.from({ length: 10_000 }, (_, seed) => seededRandom(seed).float())
    const tenths = new Array<number>(10).fill(0)
    for (const value of firsts) tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1
    // 9 degrees of freedom: 33.7 is the 99.99th percentile of chi-squared.
    expect(tenths.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(33.7)
    let product = 0
    for (let i = 1; i < firsts.length; i++) product += ((firsts[i] ?? 0) - 0.5) * ((firsts[i - 1] ?? 0) - 0.5)
    // Correlation of lag 1; its standard error is 0.01.
    expect(Math.abs((product / firsts.length) * 12)).toBeLessThan(0.04)
  })

  it('shuffles to a permutation, each order equally often', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer(), (values, seed) => {
        const shuffled = seededRandom(seed).shuffle(Uint32Array.from(values))
        expect([...shuffled].sort()).toEqual([...Uint32Array.from(values)].sort())
      }),
      { seed: 1 },
    )
    const random = seededRandom(1)
    const seen = new Map<string, number>()
    for (let i = 0; i < 6_000; i++) {
      const order = random.shuffle(Uint32Array.of(0, 1, 2)).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
