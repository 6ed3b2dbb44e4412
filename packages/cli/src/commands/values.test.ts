import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { batchSize, fraction, integer, nonNegative, part, port, positive, seed, shape, widths } from './values.ts'

describe('option values', () => {
  it('takes what fits', () => {
    expect(integer(1, 10)('10')).toBe(10)
    expect(port('0')).toBe(0)
    expect(seed('4294967295')).toBe(2 ** 32 - 1)
    expect(positive('0.5')).toBe(0.5)
    expect(positive('1e-3')).toBe(0.001)
    expect(nonNegative('0')).toBe(0)
    expect(fraction('1')).toBe(1)
    expect(batchSize('all')).toBeNull()
    expect(batchSize('32')).toBe(32)
    expect(shape('28x28x1')).toEqual([28, 28, 1])
    expect(shape('784')).toEqual([784])
    expect(widths('64,32')).toEqual([64, 32])
    expect(part('2/4')).toEqual({ number: 2, of: 4 })
  })

  it.each<[(text: string) => unknown, string[]]>([
    [integer(1, 10), ['0', '11', '1.5', '-1', '', 'ten', '1e1', '0x5']],
    [port, ['65536', '-1']],
    [seed, ['4294967296', '-1']],
    [positive, ['0', '-1', '', ' ', 'NaN', 'Infinity', 'fast']],
    [nonNegative, ['-0.1', '', 'Infinity']],
    [fraction, ['0', '1.01']],
    [batchSize, ['0', 'none']],
    [shape, ['', '28x', '0x28', '1x1x1x1x1', '28,28']],
    [widths, ['', '64,', '0']],
    [part, ['0/4', '5/4', '2', '2/', '-1/4', '1/0']],
  ])('refuses what does not fit as wrong usage', (parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError)
  })
})
