import { smoothed } from '@tributary/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MetricCurve } from '../storage/store.ts'
import { bucketMetrics, bucketRounds } from './metric-buckets.ts'
import { bucketSpreads, spreadsOf } from './metric-spreads.ts'

type Point = readonly [round: number, value: number]
const curve = (points: readonly Point[], participant: string | null = null): MetricCurve => ({
  name: 'loss',
  participant,
  rounds: points.map(([round]) => round),
  values: points.map(([, value]) => value),
})

it('keeps a spike and every count at each bucket size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(5_000), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 1_200 }),
      fc.nat(),
      (drawn, most, pick) => {
        const rounds = drawn.sort((a, b) => a - b)
        const spike = rounds[pick % rounds.length] as number
        const points = rounds.map((round): Point => [round, round === spike ? 1e6 : Math.sin(round)])
        const [series] = bucketMetrics([curve(points)], { most })
        if (series === undefined) throw new Error('no series')
        const { buckets, bucketRounds: width } = series
        expect(buckets.length).toBeLessThanOrEqual(most)
        expect(Math.log2(width) % 1).toBe(0)
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(rounds.length)
        expect(buckets.filter(({ max }) => max === 1e6).map(({ fromRound }) => fromRound)).toEqual([
          Math.floor(spike / width) * width,
        ])
        for (const { fromRound, toRound, lastRound, first, last, min, max, count } of buckets) {
          expect([fromRound % width, toRound]).toEqual([0, fromRound + width - 1])
          const inside = points.filter(([round]) => round >= fromRound && round <= toRound)
          const values = inside.map(([, value]) => value)
          expect({ lastRound, first, last, min, max, count }).toEqual({
            lastRound: inside.at(-1)?.[0],
            first: values[0],
            last: values.at(-1),
            min: Math.min(...values),
            max: Math.max(...values),
            count: values.length,
          })
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})

it('smooths the same at each bucket size and in each range', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(3_000), { minLength: 2, maxLength: 200 }),
      fc.integer({ min: 1, max: 1_200 }),
      fc.double({ min: 0.05, max: 0.98, noNaN: true }),
      fc.nat(3_000),
      (drawn, most, factor, from) => {
        const rounds = drawn.sort((a, b) => a - b)
        const points = rounds.map((round): Point => [round, Math.sin(round)])
        const whole = new Map(
          smoothed(
            rounds,
            points.map(([, value]) => value),
            factor,
          ).map((value, index) => [rounds[index], value]),
        )
        for (const range of [{ most }, { most, from }, { most, to: from }]) {
          const [series] = bucketMetrics([curve(points)], range, factor)
          for (const bucket of series?.buckets ?? []) expect(bucket.smoothed).toBe(whole.get(bucket.lastRound))
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})

it('takes the smallest power of two that fits', () => {
  expect([bucketRounds(0, 0, 1), bucketRounds(0, 9, 10), bucketRounds(0, 10, 10), bucketRounds(0, 1_000, 1)]).toEqual([
    1, 1, 2, 1_024,
  ])
  expect([bucketRounds(900, 1_000, 101), bucketRounds(900, 1_000, 100), bucketRounds(1_023, 1_024, 1)]).toEqual([1, 2, 2_048])
})

it('gives fewer rounds in finer buckets', () => {
  const points = Array.from({ length: 1_000 }, (_, round): Point => [round, round])
  const [all] = bucketMetrics([curve(points)], { most: 10 })
  const [some] = bucketMetrics([curve(points)], { most: 10, from: 512, to: 520 })
  expect([all?.bucketRounds, some?.bucketRounds]).toEqual([128, 1])
  expect(some?.buckets.map(({ first }) => first)).toEqual([512, 513, 514, 515, 516, 517, 518, 519, 520])
})

it('gives each participant a series of its own, on the same buckets', () => {
  const curves = [
    curve([[1, 0.5]], 'b'),
    curve(
      [
        [0, 0.7],
        [7, 0.1],
      ],
      'a',
    ),
  ]
  expect(bucketMetrics(curves, { most: 4 }).map((one) => [one.participant, one.points, one.bucketRounds])).toEqual([
    ['b', 1, 2],
    ['a', 2, 2],
  ])
  expect(bucketMetrics([], { most: 10 })).toEqual([])
})

it('tells how participants lie, and keeps the extremes of a bucket', () => {
  const curves = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((place) =>
    curve(
      [
        [1, place],
        [2, place === 10 ? 99 : 2 * place],
      ],
      `p${place}`,
    ),
  )
  const spreads = spreadsOf(curves)
  expect(bucketSpreads(spreads, { most: 10 })).toEqual([
    {
      name: 'loss',
      bucketRounds: 1,
      rounds: [1, 2],
      low: [1, 2],
      high: [9, 18],
      min: [0, 0],
      max: [10, 99],
      mean: [5, (90 + 99) / 11],
    },
  ])
  expect(bucketSpreads(spreads, { most: 1 })).toEqual([
    { name: 'loss', bucketRounds: 4, rounds: [2], low: [1], high: [18], min: [0], max: [99], mean: [(90 + 99) / 11] },
  ])
})
