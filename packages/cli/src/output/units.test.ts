import { describe, expect, it } from 'vitest'
import { formatBytes, formatMetric, formatSeconds, formatShare } from './units.ts'

describe('units', () => {
  it('writes bytes by powers of 1024', () => {
    expect([0, 1023, 1024, 1536, 6_653_480, 3 * 1024 ** 4].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KB',
      '1.5 KB',
      '6.3 MB',
      '3.0 TB',
    ])
  })

  it('writes seconds, minutes and hours', () => {
    expect([0.04, 59.9, 75, 3599, 7500].map(formatSeconds)).toEqual(['0.0 s', '59.9 s', '1 min 15 s', '59 min 59 s', '2 h 5 min'])
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
