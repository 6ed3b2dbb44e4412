import { I18nProvider } from '@lingui/react'
import { createElement, useState } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, vi } from 'vitest'
import { useParticipantWords } from '../participant/words/words.ts'
import { i18n, speak, useWords } from './words.ts'

/** Renders itself three times, and tells what a hook gave at each. */
function Probe({ use, tell }: { use: () => unknown; tell: (value: unknown) => void }) {
  const [times, setTimes] = useState(1)
  tell(use())
  if (times < 3) setTimes(times + 1)
  return null
}

function given(use: () => unknown): unknown[] {
  const values: unknown[] = []
  const tell = (value: unknown) => void values.push(value)
  renderToString(createElement(I18nProvider, { i18n }, createElement(Probe, { use, tell })))
  return values
}

afterEach(() => vi.unstubAllGlobals())

it.each([
  ['the words', () => useWords().w],
  ["the participant page's words", () => useParticipantWords().p],
])('%s are one function from rendering to rendering', async (_, use) => {
  vi.stubGlobal('document', { documentElement: {} })
  await speak('en')
  const values = given(use)
  expect(values).toHaveLength(3)
  expect(new Set(values).size).toBe(1)
})
