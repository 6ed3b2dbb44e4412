import { describe, expect, it } from 'vitest'
import { plainWords } from './plain-words.ts'
import { reportedFailure, withoutDetails } from './reported.ts'
import { TributaryError } from './tributary-error.ts'

describe('what a party reports of a run that it ended', () => {
  const body = (details: Record<string, string>) => new TributaryError('slr_aborted', details).toBody()

  it('is the catalogue’s text of its code in both languages; its own words are a detail', () => {
    const reported = reportedFailure(body({ name: 'bank', code: 'slr_timeout', reason: 'shop did not answer' }))
    expect(reported).toMatchObject({ by: 'bank', code: 'slr_timeout', words: 'shop did not answer' })
    expect(reported?.message).toContain('…')
    expect(reported?.message).not.toMatch(/shop|\{|\?/)
    const zh = reportedFailure(body({ name: 'bank', code: 'slr_timeout', reason: 'shop did not answer' }), 'zh')
    expect(zh?.message).toMatch(/\p{Script=Han}/u)
    expect(zh?.message).not.toBe(reported?.message)
  })

  it('is nothing where no code of the catalogue was reported, or nobody reported any', () => {
    expect(reportedFailure(body({ name: 'bank', code: 'of_tomorrow', reason: 'x' }))).toBeNull()
    expect(reportedFailure(body({ name: 'bank', reason: 'x' }))).toBeNull()
    expect(reportedFailure(new TributaryError('slr_timeout', { name: 'x', code: 'slr_range' }).toBody())).toBeNull()
  })

  it('cannot write over a screen, turn its direction or fill it', () => {
    const reason = `gone\u001b[2J\u001b]0;title\u0007\r\nnext\u202eesrever\u0000\u2028 ${'long '.repeat(1_000)}`
    const words = reportedFailure(body({ name: 'bank\u001b[31m', code: 'slr_range', reason }))?.words ?? ''
    expect(words).toMatch(/^gone \[2J \]0;title next esrever long /)
    expect([...words]).toHaveLength(300)
    expect(words.endsWith('…')).toBe(true)
    expect(words).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    expect(reportedFailure(body({ name: 'bank\u001b[31m', code: 'slr_range', reason }))?.by).toBe('bank [31m')
  })

  it('leaves every place of the catalogue’s texts open, but for what is known to all', () => {
    expect(withoutDetails('data_invalid').message).toBe('…, row …, column …: ….')
    expect(withoutDetails('training_failed', 'en', { participant: 'birch' }).message).toBe('Training failed at birch: ….')
    expect(withoutDetails('data_unreadable', 'zh').message).toBe('无法读取 …：…。')
  })

  it('keeps ordinary words as they are', () => {
    for (const text of ['', 'Zoë 医院 – “quoted”', 'é 😀']) expect(plainWords(text)).toBe(text)
    expect(plainWords('x'.repeat(300))).toHaveLength(300)
  })
})
