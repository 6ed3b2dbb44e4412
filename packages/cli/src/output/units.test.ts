import { describe, expect, it } from 'vitest'
import { countOf, formatBytes, formatMetric, formatSeconds, formatShare } from './units.ts'

describe('units', () => {
  it('writes bytes by powers of 1000', () => {
    expect([0, 999, 1000, 1536, 999_949, 999_950, 6_653_480, 3e15].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.5 kB',
      '999.9 kB',
      '1.0 MB',
      '6.7 MB',
      '3000.0 TB',
    ])
  })

  it('writes seconds, minutes and hours', () => {
    expect([0.04, 59.9, 75, 3599, 7500].map(formatSeconds)).toEqual(['0.0 s', '59.9 s', '1 min 15 s', '59 min 59 s', '2 h 5 min'])
  })

  it('writes one thing as one', () => {
    expect([0, 1, 2].map((count) => countOf(count, 'round'))).toEqual(['0 rounds', '1 round', '2 rounds'])
  })

  it('writes what is not there as a dash', () => {
    expect([formatShare(0.98134), formatShare(null), formatMetric(0.05), formatMetric(undefined)]).toEqual([
      '98.13 %',
      '-',
      '0.0500',
      '-',
    ])
  })
})
