import type { Language } from '@tributary/protocol'
import type { Zone } from '../style/preferences.ts'
import { keptFor, localeOf, numberFormats } from './kept-formats.ts'
import { NONE } from './numbers.ts'

const relative = keptFor((language: Language) => new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' }))
const moments = keptFor((zone: Zone) =>
  keptFor(
    (language: Language) =>
      new Intl.DateTimeFormat(localeOf(language), {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        timeZoneName: 'short',
        ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
      }),
  ),
)
const upToTenths = numberFormats({ maximumFractionDigits: 1 })

/** Seconds as people say them: 0.8 s, 42 s, 3 min 05 s, 2 h 07 min. */
export function formatSeconds(seconds: number | null | undefined, language: Language): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE
  const [h, min, s] = language === 'zh' ? ['小时', '分', '秒'] : ['h', 'min', 's']
  if (seconds < 10) return `${upToTenths(seconds, language)} ${s}`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} ${s}`
  if (whole < 3_600) return `${Math.floor(whole / 60)} ${min} ${String(whole % 60).padStart(2, '0')} ${s}`
  return `${Math.floor(whole / 3_600)} ${h} ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')} ${min}`
}

/** "3 minutes ago", "in 2 hours". */
export function formatRelative(at: number, now: number, language: Language): string {
  const format = relative(language)
  const seconds = (at - now) / 1000
  const size = Math.abs(seconds)
  if (size < 60) return format.format(Math.round(seconds), 'second')
  if (size < 3_600) return format.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return format.format(Math.round(seconds / 3_600), 'hour')
  return format.format(Math.round(seconds / 86_400), 'day')
}

/** Clocks of two machines may differ by so much. */
const SKEW_MS = 30_000

/** What is held to be now where a moment is told: what was just stamped by another clock was not stamped in the future. */
export const nowBeside = (at: number, now: number): number => (at > now && at - now <= SKEW_MS ? at : now)

/** Date, time and zone. */
export const formatAbsolute = (at: number, language: Language, zone: Zone): string => moments(zone)(language).format(at)

export const secondsBetween = (from: string | null, to: string | null, now: number): number | null =>
  from === null ? null : Math.max(0, ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000)
