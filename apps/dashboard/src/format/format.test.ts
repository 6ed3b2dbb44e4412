import { describe, expect, it } from 'vitest'
import { toCsv } from './csv.ts'
import { formatBytes, formatDifference, formatMetric, formatNumber } from './numbers.ts'
import { formatRelative, formatSeconds, nowBeside } from './times.ts'

describe('numbers', () => {
  it('have 4 significant digits, and no value is never 0', () => {
    expect(formatNumber(0.123456, 'en')).toBe('0.1235')
    expect(formatNumber(null, 'en')).toBe('—')
    expect(formatNumber(0, 'en')).toBe('0')
    expect(formatNumber(1e-7, 'en')).toBe('1.000e-7')
  })
  it('that are none are words', () => {
    expect(formatNumber(Number.NaN, 'en')).toBe('not a number')
    expect(formatNumber(Number.NaN, 'zh')).toBe('非数')
    expect(formatNumber(Number.POSITIVE_INFINITY, 'zh')).toBe('无穷大')
  })
  it('are percent for shares', () => {
    expect(formatMetric('accuracy', 0.912, 'en')).toBe('91.2%')
    expect(formatMetric('loss', 0.912, 'en')).toBe('0.912')
  })
  it('apart from others are told in the unit of the metric', () => {
    expect(formatDifference('accuracy', 0.904, 0.912, 'en')).toBe('−0.8 pp')
    expect(formatDifference('accuracy', 0.912, 0.904, 'zh')).toBe('+0.8 个百分点')
    expect(formatDifference('loss', 0.35, 0.312, 'en')).toBe('+0.038')
    expect(formatDifference('loss', null, 0.312, 'en')).toBe('—')
    expect(formatDifference('auc', Number.NaN, 0.5, 'en')).toBe('not a number')
  })
  it('of bytes are SI', () => {
    expect(formatBytes(999, 'en')).toBe('999 B')
    expect(formatBytes(1000, 'en')).toBe('1 kB')
    expect(formatBytes(794_112, 'en')).toBe('794 kB')
    expect(formatBytes(999_600, 'en')).toBe('1 MB')
  })
})

describe('times', () => {
  it('are said as people do', () => {
    expect(formatSeconds(0.84, 'en')).toBe('0.8 s')
    expect(formatSeconds(59.6, 'en')).toBe('1 min 00 s')
    expect(formatSeconds(3 * 60 + 5, 'zh')).toBe('3 分 05 秒')
    expect(formatSeconds(7_620, 'en')).toBe('2 h 07 min')
    expect(formatSeconds(null, 'en')).toBe('—')
  })
  it('are relative in the reader’s language', () => {
    expect(formatRelative(0, 180_000, 'en')).toBe('3 minutes ago')
    expect(formatRelative(0, 180_000, 'zh')).toBe('3分钟前')
    expect(formatRelative(7_200_000, 0, 'en')).toBe('in 2 hours')
  })
  it('are held beside the page by a clock that may be a little ahead, and are in the future beyond that', () => {
    expect(nowBeside(1_002_000, 1_000_000)).toBe(1_002_000)
    expect(nowBeside(990_000, 1_000_000)).toBe(1_000_000)
    expect(nowBeside(4_600_000, 1_000_000)).toBe(1_000_000)
  })
})

it('quotes CSV and disarms formulas', () => {
  expect(
    toCsv(
      ['a', 'b,c'],
      [
        ['=1+1', null],
        ['"x"', -2],
      ],
    ),
  ).toBe(`a,"b,c"\r\n'=1+1,\r\n"""x""",-2\r\n`)
})
