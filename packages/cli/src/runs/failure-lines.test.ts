import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { failureLines } from './failure-lines.ts'

describe('failureLines', () => {
  const error = new TributaryError('run_failed_below_minimum', { round: 3, accepted: 1, minimum: 2, missing: ['north'] })

  it('says which party, in which phase, why, and what to do', () => {
    const lines = failureLines({ ...error.toBody(), participants: ['north'] }, 'en')
    expect(lines.map((line) => line.trim())).toEqual([
      'who:         institution: north',
      'in phase:    training',
      'why:         Round 3 failed: 1 of 2 required updates before the deadline. Missing: north. (run_failed_below_minimum)',
      expect.stringMatching(/^what to do: {2}Bring the missing participants back/),
    ])
  })

  it('says it in Chinese, and keeps the text of a code that it does not know', () => {
    expect(failureLines(error.toBody(), 'zh').join('\n')).toContain('第 3 轮失败')
    expect(failureLines({ ...error.toBody(), code: 'of_tomorrow', message: 'Something new.' }, 'en').join('\n')).toContain(
      'Something new.',
    )
  })
})
