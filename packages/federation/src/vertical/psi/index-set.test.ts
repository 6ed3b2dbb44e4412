import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hasIndex, isFull, NO_INDICES, withIndex } from './index-set.ts'

it('holds what a set holds, whatever the order, and nothing beyond the gap when it is full', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 30 }), (indices) => {
      const truth = new Set<number>()
      let set = NO_INDICES
      for (const index of indices) {
        truth.add(index)
        set = withIndex(set, index)
        for (let each = 0; each <= 13; each += 1) expect(hasIndex(set, each)).toBe(truth.has(each))
        const gap = [...Array(14).keys()].find((each) => !truth.has(each))
        expect(set.below).toBe(gap)
        expect(set.beyond).toEqual([...truth].filter((each) => each > set.below).sort((a, b) => a - b))
        expect(isFull(set, set.below)).toBe(true)
        expect(isFull(set, set.below + 1)).toBe(false)
      }
    }),
    { numRuns: 200, seed: 1 },
  )
})
