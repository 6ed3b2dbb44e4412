import type { Language } from '@tributary/protocol'
import { numberFormats } from './kept-formats.ts'

export const NONE = '—'

const inWhole = numberFormats({})
const inFourDigits = numberFormats({ maximumSignificantDigits: 4 })
const inThreeDigits = numberFormats({ maximumSignificantDigits: 3 })
const inPercent = numberFormats({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const inTenths = numberFormats({ minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** Losses and the like: 4 significant digits; what is no finite number, in words; no value is a dash and never 0. */
export function formatNumber(value: number | null | undefined, language: Language): string {
  if (value === null || value === undefined) return NONE
  if (Number.isNaN(value)) return language === 'zh' ? '非数' : 'not a number'
  if (!Number.isFinite(value)) return language === 'zh' ? '无穷大' : 'infinite'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3)
  return inFourDigits(value, language)
}

export const formatCount = (value: number | null | undefined, language: Language): string =>
  value === null || value === undefined ? NONE : inWhole(value, language)

export const formatShare = (value: number | null | undefined, language: Language): string =>
  value === null || value === undefined || !Number.isFinite(value) ? formatNumber(value, language) : inPercent(value, language)

/** A metric by its name: shares as percent, everything else as a number. */
export const formatMetric = (name: string, value: number | null | undefined, language: Language): string =>
  isShare(name) ? formatShare(value, language) : formatNumber(value, language)
export const isShare = (name: string): boolean => /accuracy|auc|precision|recall|f1/i.test(name)

/** How far a metric is from another's: shares in percentage points. */
export function formatDifference(name: string, value: number | null, base: number | null, language: Language): string {
  if (value === null || base === null) return NONE
  const size = Math.abs(value - base)
  if (!Number.isFinite(size)) return formatNumber(size, language)
  const sign = value >= base ? '+' : '−'
  if (!isShare(name)) return `${sign}${formatNumber(size, language)}`
  const points = inTenths(100 * size, language)
  return `${sign}${points} ${language === 'zh' ? '个百分点' : 'pp'}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const
/** SI: 1 kB is 1,000 bytes. */
export function formatBytes(bytes: number | null | undefined, language: Language): string {
  if (bytes === null || bytes === undefined) return NONE
  let unit = 0
  let value = bytes
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? inWhole(value, language) : inThreeDigits(value, language)} ${UNITS[unit]}`
}
