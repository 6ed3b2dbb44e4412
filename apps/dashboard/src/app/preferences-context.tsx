import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { applyTheme, keepPreferences, PREFERENCES_KEY, type Preferences, readPreferences } from '../style/preferences.ts'
import { speak } from '../words/words.ts'

interface PreferencesState {
  readonly preferences: Preferences
  readonly change: (change: Partial<Preferences>) => void
}
const Context = createContext<PreferencesState | null>(null)

export function PreferencesProvider({ initial, children }: { initial: Preferences; children: ReactNode }) {
  const [preferences, setPreferences] = useState(initial)
  const { theme, language } = preferences
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const apply = () => applyTheme(theme, dark.matches)
    apply()
    dark.addEventListener('change', apply)
    return () => dark.removeEventListener('change', apply)
  }, [theme])
  useEffect(() => void speak(language), [language])
  useEffect(() => {
    // What is chosen in one tab holds in all.
    const follow = ({ key }: StorageEvent) => {
      if (key === PREFERENCES_KEY) setPreferences(readPreferences(localStorage, navigator.language))
    }
    addEventListener('storage', follow)
    return () => removeEventListener('storage', follow)
  }, [])
  const value = useMemo<PreferencesState>(
    () => ({
      preferences,
      change: (change) => {
        const next = { ...preferences, ...change }
        keepPreferences(localStorage, next)
        setPreferences(next)
      },
    }),
    [preferences],
  )
  return <Context value={value}>{children}</Context>
}

export function usePreferences(): PreferencesState {
  const state = useContext(Context)
  if (state === null) throw new Error('outside of PreferencesProvider')
  return state
}
