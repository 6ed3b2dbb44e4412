import type { Messages } from '@lingui/core'
import { useLingui } from '@lingui/react'
import type { Language } from '@tributary/protocol'
import { useEffect, useState } from 'react'
import { i18n, languageOf, type Values } from '../../words/words.ts'
import type english from './en.json'

export type ParticipantWordId = keyof typeof english
export type ParticipantWords = (id: ParticipantWordId, values?: Values) => string

const catalogues: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('./en.json', { with: { type: 'json' } }),
  zh: () => import('./zh.json', { with: { type: 'json' } }),
}

/**
 * Brings this page's words, in both languages: a change of language must not take the page, and with it the training, away.
 * @returns whether they are there
 */
export function useParticipantCatalogue(): boolean {
  const [isReady, setReady] = useState(false)
  useEffect(() => {
    let isWanted = true
    const load = async (language: Language) => i18n.load(language, (await catalogues[language]()).default as Messages)
    void Promise.all([load('en'), load('zh')]).then(() => isWanted && setReady(true))
    return () => {
      isWanted = false
    }
  }, [])
  return isReady
}

export function useParticipantWords(): { readonly p: ParticipantWords; readonly language: Language } {
  const { i18n: current } = useLingui()
  const p: ParticipantWords = (id, values) => current._(id, values === undefined ? {} : { ...values })
  return { p, language: languageOf(current.locale) }
}
