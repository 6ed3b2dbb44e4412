/** 1536 → "1.5 kB"; SI, as the dashboard says it: 1 kB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  // From where one digit after the point would be rounded to 1000.0.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`
}

/** 3.25 → "3.3 s", 75 → "1 min 15 s", 7500 → "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A share of 1 in percent: 0.98134 → "98.13 %"; "-" where there is none. */
export const formatShare = (share: number | null | undefined): string =>
  share === null || share === undefined ? '-' : `${(share * 100).toFixed(2)} %`

/** A metric with four digits; "-" where there is none. */
export const formatMetric = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(4)

/** 1 → "1 round", 2 → "2 rounds". */
export const countOf = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`
