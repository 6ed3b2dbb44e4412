import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactSum } from './exact-sum.ts'

const SCALE = 1_074

/** The double as an integer multiple of 2^-1074. */
function units(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & ((1n << 52n) - 1n)
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1)
  return bits >> 63n === 1n ? -magnitude : magnitude
}

/** Distance of the sum from the exact one is at most that of both neighbours. */
function expectNearest(sum: number, values: readonly number[]): void {
  const exact = values.reduce((total, value) => total + units(value), 0n)
  const distance = (value: number) => (units(value) > exact ? units(value) - exact : exact - units(value))
  const step = Math.max(2 ** -SCALE, Math.abs(sum) * 2 ** -53)
  for (const neighbour of [sum - step, sum + step, sum - 2 * step, sum + 2 * step])
    expect(distance(sum) <= distance(neighbour)).toBe(true)
}

describe('exact sums', () => {
  const numbers = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { maxLength: 30 })

  it('are the nearest double to the sum of the integers that the numbers stand for', () => {
    fc.assert(
      fc.property(numbers, (values) => expectNearest(exactSum(values), values)),
      { numRuns: 300, seed: 1 },
    )
  })

  it('do not depend on the order, where plain sums do', () => {
    const values = Array.from({ length: 60 }, (_, row) => Math.sin(row * 12.9898) * 10 ** (row % 7))
    const orders = Array.from({ length: 20 }, (_, turn) => values.toSorted((a, b) => Math.sin(a * (turn + 1)) - Math.sin(b)))
    expect(new Set(orders.map(exactSum)).size).toBe(1)
    expect(new Set(orders.map((order) => order.reduce((sum, value) => sum + value, 0))).size).toBeGreaterThan(1)
  })

  it.each([
    [[], 0],
    [[1e100, 1, -1e100], 1],
    // Half way: the last one decides.
    [[1, 2 ** -53], 1],
    [[1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
    [[1 + 2 ** -52, 2 ** -53, -(2 ** -106)], 1 + 2 ** -52],
  ])('of %j is %d', (values, sum) => {
    expect(exactSum(values)).toBe(sum)
  })
})
