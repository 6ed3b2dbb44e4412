import type { RunId } from '@tributary/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MetricPoint } from '../storage/store.ts'
import { bucketMetrics, bucketRounds } from './metric-buckets.ts'

const point = (round: number, value: number, participant: string | null = null): MetricPoint => ({
  run: 'run_0123456789abcdef' as RunId,
  round,
  scope: participant === null ? 'global' : 'participant',
  participant,
  name: 'loss',
  value,
})

it('keeps a spike and every count at each bucket size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(5_000), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 1_200 }),
      fc.nat(),
      (rounds, most, pick) => {
        const spike = rounds[pick % rounds.length] as number
        const points = rounds.map((round) => point(round, round === spike ? 1e6 : Math.sin(round)))
        const [series] = bucketMetrics(points, most)
        if (series === undefined) throw new Error('no series')
        const { buckets, bucketRounds: width } = series
        expect(buckets.length).toBeLessThanOrEqual(most)
        expect(Math.log2(width) % 1).toBe(0)
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(rounds.length)
        expect(buckets.filter(({ max }) => max === 1e6).map(({ fromRound }) => fromRound)).toEqual([
          Math.floor(spike / width) * width,
        ])
        for (const { fromRound, toRound, first, last, min, max, count } of buckets) {
          expect([fromRound % width, toRound]).toEqual([0, fromRound + width - 1])
          const inside = points.filter(({ round }) => round >= fromRound && round <= toRound).sort((a, b) => a.round - b.round)
          const values = inside.map(({ value }) => value)
          expect({ first, last, min, max, count }).toEqual({
            first: values[0],
            last: values.at(-1),
            min: Math.min(...values),
            max: Math.max(...values),
            count: values.length,
          })
        }
      },
    ),
    { numRuns: 60 },
  )
})

it('takes the smallest power of two that fits', () => {
  expect([bucketRounds(0, 1), bucketRounds(9, 10), bucketRounds(10, 10), bucketRounds(1_000, 1)]).toEqual([1, 1, 2, 1_024])
})

it('gives each participant a series of its own, on the same buckets', () => {
  const series = bucketMetrics([point(1, 0.5, 'b'), point(7, 0.1, 'a'), point(0, 0.7, 'a')], 4)
  expect(series.map(({ participant, points, bucketRounds: width }) => [participant, points, width])).toEqual([
    ['b', 1, 2],
    ['a', 2, 2],
  ])
  expect(bucketMetrics([], 10)).toEqual([])
})
