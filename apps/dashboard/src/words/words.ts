import { type I18n, type Messages, setupI18n } from '@lingui/core'
import { useLingui } from '@lingui/react'
import type { Language } from '@tributary/protocol'
import { useCallback } from 'react'
import type english from './en.json'

export type WordId = keyof typeof english
export type Values = Readonly<Record<string, string | number>>
/** A sentence by its id, with `{name}` filled from the values. */
export type Words = (id: WordId, values?: Values) => string

const catalogues: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./en.json', { with: { type: 'json' } }),
  zh: () => import('./zh.json', { with: { type: 'json' } }),
}

export const i18n: I18n = setupI18n()

/** Brings a language's words and uses them. */
export async function speak(language: Language): Promise<void> {
  const { default: messages } = await catalogues[language]()
  i18n.load(language, messages as Messages)
  i18n.activate(language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

export const languageOf = (locale: string): Language => (locale.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export interface Spoken {
  readonly w: Words
  readonly language: Language
}

export function useWords(): Spoken {
  const { i18n: current } = useLingui()
  // Lingui gives another `current` whenever it speaks other words; until then what is made of these may be kept.
  const w = useCallback<Words>((id, values) => current._(id, values === undefined ? {} : { ...values }), [current])
  return { w, language: languageOf(current.locale) }
}
