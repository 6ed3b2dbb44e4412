import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { chooseLanguage } from './language.ts'
import { reportError } from './report-error.ts'

describe('reportError', () => {
  const error = new TributaryError('participant_name_taken', { name: 'north' })

  it("says the catalogue's sentence and next step in the user's language", () => {
    expect(reportError(error, 'en').lines).toEqual([
      'The name north is taken in this federation. (participant_name_taken)',
      'What to do: Choose another name, or start with the identity saved under that name.',
    ])
    expect(reportError(error, 'zh').lines[0]).toContain('名称 north 在本联邦中已被占用')
  })

  it('has a value for programs', () => {
    expect(reportError(error, 'zh').value.error).toMatchObject({ code: 'participant_name_taken', details: { name: 'north' } })
  })

  it('takes anything else for a defect: exit code 1, with where it happened', () => {
    const report = reportError(new RangeError('there is no part 5'), 'en')
    expect(report.exitCode).toBe(1)
    expect(report.lines.join('\n')).toContain('report-error.test.ts')
    expect(report.value.error.code).toBe('unexpected')
  })
})

describe('chooseLanguage', () => {
  it('follows --language, then LC_ALL, LC_MESSAGES, LANG', () => {
    expect(chooseLanguage(undefined, { LANG: 'zh_CN.UTF-8' })).toBe('zh')
    expect(chooseLanguage(undefined, { LANG: 'zh_CN.UTF-8', LC_ALL: 'en_GB.UTF-8' })).toBe('en')
    expect(chooseLanguage('zh', { LC_ALL: 'en_GB.UTF-8' })).toBe('zh')
    expect(chooseLanguage(undefined, { LANG: 'C' })).toBe('en')
    expect(chooseLanguage(undefined, {})).toBe('en')
  })
})
