import type { Language } from '@tributary/protocol'
import { languageOf } from '../words/words.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Zone = 'local' | 'utc'
export interface Preferences {
  readonly language: Language
  readonly theme: Theme
  readonly zone: Zone
}

export const PREFERENCES_KEY = 'tributary.preferences'
const oneOf = <Value extends string>(value: unknown, values: readonly Value[], otherwise: Value): Value =>
  values.find((known) => known === value) ?? otherwise

/** What this browser was told to show; the browser's own language at first. */
export function readPreferences(storage: Storage, locale: string): Preferences {
  const kept = parse(storage.getItem(PREFERENCES_KEY))
  return {
    language: oneOf(kept.language, ['en', 'zh'] as const, languageOf(locale)),
    theme: oneOf(kept.theme, ['system', 'light', 'dark'] as const, 'system'),
    zone: oneOf(kept.zone, ['local', 'utc'] as const, 'local'),
  }
}

export const keepPreferences = (storage: Storage, preferences: Preferences): void =>
  storage.setItem(PREFERENCES_KEY, JSON.stringify(preferences))

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Sets the theme on the root element; canvases listen to `themechange`. */
export function applyTheme(theme: Theme, prefersDark: boolean): void {
  const dark = theme === 'dark' || (theme === 'system' && prefersDark)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  dispatchEvent(new Event('themechange'))
}
