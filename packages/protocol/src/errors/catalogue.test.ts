import { describe, expect, it } from 'vitest'
import { accessErrors } from './access.ts'
import { catalogue, type ErrorCode } from './catalogue.ts'
import type { CatalogueEntry } from './entry.ts'
import { peopleErrors } from './people.ts'
import { platformErrors } from './platform.ts'
import { runErrors } from './runs.ts'
import { describe as inWords, TributaryError } from './tributary-error.ts'
import { updateErrors } from './updates.ts'
import { verticalErrors } from './vertical.ts'

const entries = Object.entries(catalogue) as [ErrorCode, CatalogueEntry][]
const placeholders = (...texts: string[]): string[] => [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort()
const CHINESE = /\p{Script=Han}/u

describe('the catalogue', () => {
  it('loses no code to another of the same name', () => {
    const parts = [accessErrors, peopleErrors, runErrors, updateErrors, platformErrors, verticalErrors].map(
      (part) => Object.keys(part).length,
    )
    expect(entries.length).toBe(parts.reduce((a, b) => a + b, 0))
  })

  describe.each(entries)('%s', (code, { status, retryable, cause, nextStep }) => {
    it('has an id, a status and texts in both languages', () => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(status === 0 || (status >= 400 && status < 600)).toBe(true)
      for (const { en, zh } of [cause, nextStep]) {
        expect(en).toMatch(/^[A-Z{].{10,}[.]$/)
        expect(en).not.toMatch(CHINESE)
        expect(zh).toMatch(CHINESE)
        expect(zh).toMatch(/[。）]$/)
      }
    })

    it('names the same details in both languages, and leaves none unfilled when they are given', () => {
      const named = placeholders(cause.en, nextStep.en)
      expect(placeholders(cause.zh, nextStep.zh)).toEqual(named)
      const details = Object.fromEntries(named.map((name, i) => [name.slice(1, -1), `value-${i}`]))
      for (const language of ['en', 'zh'] as const) {
        const { message, nextStep: step } = inWords(code, details, language)
        expect(message + step).not.toMatch(/[{}]|\?/)
        for (const value of Object.values(details)) expect(message + step).toContain(value)
      }
    })

    it('is the same error after its way over the wire', () => {
      const named = placeholders(cause.en, nextStep.en).map((name) => name.slice(1, -1))
      const error = new TributaryError(code, Object.fromEntries(named.map((name) => [name, 7])))
      const back = TributaryError.fromBody(JSON.parse(JSON.stringify(error.toBody('zh'))))
      expect(back).toBeInstanceOf(TributaryError)
      expect({ ...back, message: back.message }).toEqual({ ...error, message: error.message })
      expect([back.status, back.retryable]).toEqual([status, retryable])
      expect(back.toBody()).toEqual(error.toBody())
    })
  })

  it('promises a retry only where the cause may pass by itself', () => {
    // A refusal of the content (4xx other than these) stays one however often it is sent.
    for (const [code, { status, retryable }] of entries)
      if (retryable) expect([0, 409, 422, 429, 500, 503], code).toContain(status)
    for (const [code, { status, retryable }] of entries) if (status >= 500 || status === 429) expect(retryable, code).toBe(true)
  })
})
