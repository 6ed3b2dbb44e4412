import { describe, expect, it } from 'vitest'
import { gram } from './cholesky.ts'
import { innerProduct } from './inner-product.ts'

/** A column of length about √n, with so many digits behind the point. */
const column = (rows: number, digits: number, step: number) =>
  Float64Array.from({ length: rows }, (_, i) => Math.round((((i * step) % 1) - 0.5) * 3.46 * 2 ** digits) / 2 ** digits)

const plain = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

describe('inner products', () => {
  it.each([14, 20, 24])('of rows in any order are the same at %i digits', (digits) => {
    const a = column(3_000, digits, 0.618_033_988_75)
    const b = column(3_000, digits, 0.414_213_562_37)
    const forth = innerProduct(a, b, digits)
    expect(forth).toBeCloseTo(plain(a, b), 6)
    expect(innerProduct(a.toReversed(), b.toReversed(), digits)).toBe(forth)
    expect(innerProduct(a.toSorted(), a.toSorted(), digits)).toBe(innerProduct(a, a, digits))
  })

  it('would differ by plain additions at 24 digits', () => {
    const a = column(3_000, 24, 0.618_033_988_75)
    expect(plain(a.toSorted(), a.toSorted())).not.toBe(plain(a, a))
  })

  it('make up XᵀX', () => {
    const a = Float64Array.of(1, 2)
    const b = Float64Array.of(3, -1)
    expect([...gram([a, b], 4)]).toEqual([5, 1, 1, 10])
  })
})
