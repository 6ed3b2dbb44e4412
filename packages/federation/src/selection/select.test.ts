import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member } from '../run-machine/state.ts'
import { member } from '../run-machine/testing/cast.ts'
import { byName, selectClients } from './select.ts'

const people = (count: number): Member[] =>
  Array.from({ length: count }, (_, i) => ({ id: member('a').id, name: `site-${String(i).padStart(3, '0')}` }))
const config = (fraction: number, minimum = 1, overSelection = 0) => ({ fraction, minimum, overSelection })
const sizes = (count: number, ...rest: Parameters<typeof config>) => {
  const selection = selectClients(people(count), config(...rest), 1, 1)
  return selection === null ? null : [selection.target, selection.members.length]
}

describe('m = max(C·K, minimum)', () => {
  it.each([
    // C, K, m: rounded up, but not by the error of floating point (0.1 × 30 = 3.0000000000000004)
    [0.1, 30, 3],
    [0.1, 31, 4],
    [0.07, 100, 7],
    [0.29, 100, 29],
    [1, 5, 5],
    [0.01, 10, 1],
    [1e-6, 3, 1],
  ])('of C = %d and K = %d is %d', (fraction, eligible, expected) => {
    expect(sizes(eligible, fraction)).toEqual([expected, expected])
  })

  it('is at least the minimum, and nobody is asked below it', () => {
    expect(sizes(10, 0.1, 4)).toEqual([4, 4])
    expect(sizes(4, 0.1, 4)).toEqual([4, 4])
    expect(sizes(3, 1, 4)).toBeNull()
    expect(sizes(0, 1, 1)).toBeNull()
  })

  it('is exact for every share of a hundred', () => {
    for (let percent = 1; percent <= 100; percent += 1)
      for (const eligible of [1, 7, 10, 30, 100, 999])
        expect(sizes(eligible, percent / 100)?.[0], `${percent} % of ${eligible}`).toBe(
          Number((BigInt(percent) * BigInt(eligible) + 99n) / 100n),
        )
  })
})

describe('over-selection', () => {
  it.each([
    [10, 0.5, 0.3, 5, 7],
    [100, 0.1, 0.1, 10, 11],
    [10, 1, 0.3, 10, 10],
    [10, 0.1, 0, 1, 1],
  ])('of %d eligible with C = %d asks %d more: target %d, asked %d', (eligible, fraction, overSelection, target, asked) => {
    expect(sizes(eligible, fraction, 1, overSelection)).toEqual([target, asked])
  })
})

describe('the choice', () => {
  it('depends on seed and round alone, not on the order of the eligible', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(people(12), { minLength: 12 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 50 }),
        (eligible, seed, round) => {
          const before = [...eligible]
          const selection = selectClients(eligible, config(0.4), seed, round)
          expect(selection).toEqual(selectClients(people(12), config(0.4), seed, round))
          expect(eligible).toEqual(before)
          const members = selection?.members ?? []
          expect([...members].sort(byName)).toEqual(members)
          expect(new Set(members.map(({ name }) => name)).size).toBe(5)
        },
      ),
      { numRuns: 200, seed: 1 },
    )
  })

  it('differs from round to round and from seed to seed', () => {
    const names = (seed: number, round: number) =>
      selectClients(people(20), config(0.25), seed, round)
        ?.members.map(({ name }) => name)
        .join()
    expect(new Set(Array.from({ length: 30 }, (_, i) => names(1, i + 1))).size).toBeGreaterThan(25)
    expect(new Set(Array.from({ length: 30 }, (_, i) => names(i, 1))).size).toBeGreaterThan(25)
  })

  it('is uniform over clients, and over pairs of them', () => {
    // 3 of 8, 6,000 draws. Expected counts: 2,250 for each client, 6,000·(3·2)/(8·7) = 642.9 for each pair.
    const K = 8
    const draws = 6_000
    const single = new Array<number>(K).fill(0)
    const pairs = new Array<number>(K * K).fill(0)
    for (let seed = 0; seed < draws; seed += 1) {
      const chosen = (selectClients(people(K), config(3 / K), seed, 1)?.members ?? []).map(({ name }) => Number(name.slice(5)))
      expect(chosen).toHaveLength(3)
      for (const i of chosen) {
        single[i] = (single[i] as number) + 1
        for (const j of chosen) if (i < j) pairs[i * K + j] = (pairs[i * K + j] as number) + 1
      }
    }
    const chi2 = (observed: number[], expected: number) => observed.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    // 99.9 % points of χ² for 7 and 27 degrees of freedom; drawing without replacement only narrows the spread.
    expect(chi2(single, (draws * 3) / K)).toBeLessThan(24.32)
    expect(
      chi2(
        pairs.filter((_, at) => Math.floor(at / K) < at % K),
        (draws * 6) / (K * (K - 1)),
      ),
    ).toBeLessThan(55.48)
  })
})
