import { I18nProvider } from '@lingui/react'
import { describeCsv } from '@tributary/data'
import type { Language } from '@tributary/protocol'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { i18n, speak } from '../../words/words.ts'
import english from '../words/en.json' with { type: 'json' }
import chinese from '../words/zh.json' with { type: 'json' }
import { TableForm } from './connect-table.tsx'

const words = { en: english, zh: chinese }

/** The page's text for such a file, where nobody gave a schema. */
async function shown(csv: string, language: Language): Promise<string> {
  vi.stubGlobal('document', { documentElement: {} })
  await speak(language)
  i18n.load(language, words[language])
  const description = await describeCsv(csv, ',')
  const form = createElement(TableForm, {
    csv: { path: 'rows.csv', file: new File([csv], 'rows.csv') },
    description,
    given: null,
    onConnected: () => {},
  })
  return renderToStaticMarkup(createElement(I18nProvider, { i18n }, form))
}

afterEach(() => vi.unstubAllGlobals())

describe('the form of a table', () => {
  it.each(['en', 'zh'] as const)('shows the features in order, and says that all must have them so: %s', async (language) => {
    const page = await shown('bmi,sex,age,ill\n21,m,40,no\n30,f,50,yes\n', language)
    expect(page).toMatch(/<textarea[^>]*>age\nbmi\nsex=f\nsex=m<\/textarea>/)
    expect(page).toContain(words[language]['table.features-why'])
  })

  it('says which columns are left out and why, one without a name too', async () => {
    const page = await shown(`,note,age,ill\n0,${'x'.repeat(201)},40,no\n1,y,50,yes\n`, 'en')
    expect(page).toContain('Left out: a column without a name, note. A column is left out when it')
    expect(page).toMatch(/<textarea[^>]*>age<\/textarea>/)
  })
})
