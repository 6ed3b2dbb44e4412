import type { Messages } from '@lingui/core'
import { useLingui } from '@lingui/react'
import type { Language } from '@tributary/protocol'
import { use, useCallback } from 'react'
import { arriving } from '../../widgets/lazy-part.ts'
import { i18n, languageOf, type Values } from '../../words/words.ts'
import type english from './en.json'

export type ParticipantWordId = keyof typeof english
export type ParticipantWords = (id: ParticipantWordId, values?: Values) => string

const catalogues: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./en.json', { with: { type: 'json' } }),
  zh: () => import('./zh.json', { with: { type: 'json' } }),
}

async function load(language: Language): Promise<void> {
  i18n.load(language, (await catalogues[language]()).default as Messages)
}

let words: Promise<unknown> | null = null

/**
 * Waits for this page's words, in both languages: a change of language must not take the page, and with it the training, away.
 * Where they do not come, the boundary around the page says so.
 */
export function useParticipantCatalogue(): void {
  words ??= arriving(Promise.all([load('en'), load('zh')]))
  use(words)
}

export function useParticipantWords(): { readonly p: ParticipantWords; readonly language: Language } {
  const { i18n: current } = useLingui()
  const p = useCallback<ParticipantWords>((id, values) => current._(id, values === undefined ? {} : { ...values }), [current])
  return { p, language: languageOf(current.locale) }
}
