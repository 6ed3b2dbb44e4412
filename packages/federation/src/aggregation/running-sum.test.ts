import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRunningSum, kernelSum, plainSum, type RunningSum } from './running-sum.ts'

const bitsOf = ({ values }: RunningSum) => new BigUint64Array(values.buffer, values.byteOffset, values.length)
const kernel = (size: number): RunningSum => {
  const sum = kernelSum(size)
  if (sum === null) throw new Error('this machine runs no WebAssembly with 128-bit vectors')
  return sum
}
/** Every finite float32: subnormals, both zeros, the largest. */
const finite = fc.float({ noNaN: true, noDefaultInfinity: true })

describe('the kernel', () => {
  it('adds what the plain loop adds, bit by bit, at any place and length', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            x: fc.array(finite, { maxLength: 40 }),
            at: fc.nat(30),
            skip: fc.nat(3),
            weight: fc.oneof(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.constantFrom(1, 600)),
          }),
          { maxLength: 8 },
        ),
        (additions) => {
          const sums = [kernel(70), plainSum(70)] as const
          for (const { x, at, skip, weight } of additions) {
            const view = Float32Array.from([...new Array<number>(skip).fill(7), ...x]).subarray(skip)
            for (const sum of sums) sum.add(at, weight, view)
          }
          expect(bitsOf(sums[0])).toEqual(bitsOf(sums[1]))
        },
      ),
      { numRuns: 300, seed: 11 },
    )
  })

  it('takes vectors that are longer than its piece of memory', () => {
    const length = 3 * 65_536 + 13
    const x = Float32Array.from({ length }, (_, i) => Math.sin(i))
    const sums = [kernel(length + 5), plainSum(length + 5)] as const
    for (const sum of sums) for (const weight of [600, 17]) sum.add(5, weight, x)
    expect(Buffer.from(bitsOf(sums[0]).slice().buffer).equals(Buffer.from(bitsOf(sums[1]).slice().buffer))).toBe(true)
    expect(sums[0].values[length + 4]).toBe(600 * (x[length - 1] as number) + 17 * (x[length - 1] as number))
  })

  it('writes nowhere but in its sum', () => {
    expect(() => kernel(10).add(3, 1, new Float32Array(8))).toThrow(RangeError)
    expect(() => kernel(10).add(-1, 1, new Float32Array(8))).toThrow(RangeError)
  })

  it('is for sums of up to 4 GiB', () => {
    expect(kernelSum(2 ** 29)).toBeNull()
  })
})

describe('createRunningSum', () => {
  it('is a sum of zeros of the size asked for, small or large', () => {
    for (const size of [0, 1, 4095, 4096, 100_001]) {
      const { values } = createRunningSum(size)
      expect(values.length).toBe(size)
      expect(values.every((value) => value === 0)).toBe(true)
    }
  })
})
