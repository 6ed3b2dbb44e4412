import { describe, expect, it } from 'vitest'
import { decodeTotal, encodeShare, sumOfShares } from './shares.ts'

/** What the key service reads when each of the parties shares this many times the scale. */
const total = (ratio: number, parties: number): number => {
  const shares = Array.from({ length: parties }, () => String(encodeShare(ratio * 3, 3, { name: 'rho', step: 1, parties })))
  return decodeTotal(sumOfShares(shares), 3)
}

describe('shares', () => {
  it.each([2, 3, 5, 33])('of %i parties add up or are refused, and never wrap into another total', (parties) => {
    for (const ratio of [1e-9, 0.5, 2 ** 10, 2 ** 16, -(2 ** 16)])
      expect(total(ratio, parties) / (3 * ratio * parties)).toBeCloseTo(1, 3)
    for (let power = 16; power < 24; power += 0.25) {
      for (const ratio of [2 ** power, -(2 ** power)]) {
        let read: number
        try {
          read = total(ratio, parties)
        } catch (error) {
          expect(error).toMatchObject({ code: 'slr_range' })
          continue
        }
        expect(read / (3 * ratio * parties)).toBeCloseTo(1, 9)
      }
    }
  })

  it('of two parties reach to 2^22 times the scale', () => {
    expect(total(2 ** 22 - 1, 2)).toBe(6 * (2 ** 22 - 1))
    expect(() => total(2 ** 22, 2)).toThrowError(expect.objectContaining({ code: 'slr_range' }))
    expect(() => total(Number.NaN, 2)).toThrowError(expect.objectContaining({ code: 'slr_range' }))
  })
})
