import { expect, it } from 'vitest'
import { bySeed, differing, flatten } from './differences.ts'
import { reachedAt } from './reached.ts'

it('shows only the settings that differ', () => {
  const a = flatten({ seed: 1, training: { epochs: 1, batchSize: null }, model: { hidden: [1, 2] } })
  const b = flatten({ seed: 2, training: { epochs: 1, batchSize: 10 }, model: { hidden: [1, 2] } })
  expect(differing([a, b])).toEqual(['seed', 'training.batchSize'])
  expect(differing([a, a])).toEqual([])
})

it('groups runs that differ by their seed alone', () => {
  const runs = [
    { seed: 1, e: 1 },
    { seed: 2, e: 1 },
    { seed: 1, e: 5 },
  ]
  expect(bySeed(runs, flatten).map((group) => group.length)).toEqual([2, 1])
})

it('finds when a target was first reached, for what should rise and for what should fall', () => {
  const points = [0.4, 0.8, 0.7].map((value, index) => ({ round: index + 1, value, min: value, max: value, count: 1 }))
  const source = { lines: [], startedAt: null, epochsPerRound: 1 }
  expect(reachedAt(points, 0.75, true, source)).toEqual({ round: 2, seconds: null, bytes: null })
  expect(reachedAt(points, 0.4, false, source)?.round).toBe(1)
  expect(reachedAt(points, 0.9, true, source)).toBeNull()
})
