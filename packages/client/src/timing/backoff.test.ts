import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BACKOFF_CAP_MS, backoff } from './backoff.ts'

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

it('never pauses longer than the cap, nor longer than the doubled base', () => {
  fc.assert(
    fc.property(fc.nat(10_000), random, (failures, jitter) => {
      const pause = backoff(failures, jitter)
      expect(pause).toBeGreaterThanOrEqual(0)
      expect(pause).toBeLessThan(BACKOFF_CAP_MS)
      expect(pause).toBeLessThan(250 * 2 ** failures)
    }),
    { seed: 1 },
  )
})

it('has full jitter: the pause is proportional to the random number, over the whole range', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 100].map((failures) => backoff(failures, 0.5))).toEqual([
    125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000,
  ])
  for (const failures of [0, 3, 20]) {
    expect(backoff(failures, 0)).toBe(0)
    expect(backoff(failures, 0.25) * 3).toBe(backoff(failures, 0.75))
  }
})
