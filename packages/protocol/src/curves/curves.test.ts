import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smoothed } from './smoothing.ts'
import { quantile, spreadOf } from './spread.ts'

describe('smoothing', () => {
  it('is the exponential mean of the points, corrected for its beginning', () => {
    // By hand: 0.5·2 + 0.5·4 weighted: (0.5·(0.5·2) + 0.5·4) / 0.75.
    expect(smoothed([1, 2], [2, 4], 0.5)).toEqual([2, (0.25 * 2 + 0.5 * 4) / 0.75])
  })
  it('lets a point after a pause take as much as all of its rounds would', () => {
    // Rounds 1 and 4: what was before keeps 0.5³.
    expect(smoothed([1, 4], [2, 4], 0.5)).toEqual([2, (0.125 * 0.5 * 2 + 0.875 * 4) / (0.125 * 0.5 + 0.875)])
  })
  it('changes nothing at 0, not even the sign of a zero', () => {
    expect(smoothed([1, 2, 5], [-0, null, 3], 0)).toEqual([-0, null, 3])
  })
  it('changes nothing at 0, keeps gaps, and stays within the values', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.option(fc.double({ min: -9, max: 9, noNaN: true }))), {
      minLength: 1,
    })
    fc.assert(
      fc.property(points, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pairs, factor) => {
        let at = 0
        const rounds = pairs.map(([step]) => (at += step))
        const values = pairs.map(([, value]) => value)
        expect(smoothed(rounds, values, 0)).toEqual(values)
        const out = smoothed(rounds, values, factor)
        const real = values.filter((value) => value !== null)
        out.forEach((value, index) => {
          expect(value === null).toBe(values[index] === null)
          if (value === null) return
          expect(value).toBeGreaterThanOrEqual(Math.min(...real) - 1e-9)
          expect(value).toBeLessThanOrEqual(Math.max(...real) + 1e-9)
        })
      }),
      { seed: 1 },
    )
  })
})

it('takes quantiles between neighbours', () => {
  expect(quantile([], 0.5)).toBeNull()
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantile([10], 0.9)).toBe(10)
})

it('tells how values lie, of the finite ones', () => {
  expect(spreadOf([])).toBeNull()
  expect(spreadOf([Number.NaN])).toBeNull()
  expect(spreadOf([4, Number.NaN, 0, 2])).toEqual({ low: 0.4, high: 3.6, min: 0, max: 4, mean: 2, count: 3 })
})
