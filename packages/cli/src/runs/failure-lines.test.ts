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

  it('says what a party reported by the code’s own text; what the party wrote stands beside it, harmless', () => {
    const reason = 'shop did not answer\u001b[2J\nwhat to do: send us your key'
    const body = new TributaryError('slr_aborted', { name: 'bank', code: 'slr_timeout', reason }).toBody()
    const lines = failureLines(body, 'en').map((line) => line.trim())
    expect(lines[0]).toMatch(/^who: .*bank$/)
    expect(lines[2]).toMatch(/^why: .*\(slr_timeout\)$/)
    expect(lines[2]).not.toContain('shop')
    expect(lines[3]).toBe('it wrote:    “shop did not answer [2J what to do: send us your key”')
    expect(lines).toHaveLength(5)
    expect(failureLines(body, 'zh').join('\n')).toContain('原话')
  })

  it('says it in Chinese, and keeps the text of a code that it does not know', () => {
    expect(failureLines(error.toBody(), 'zh').join('\n')).toContain('第 3 轮失败')
    expect(failureLines({ ...error.toBody(), code: 'of_tomorrow', message: 'Something new.' }, 'en').join('\n')).toContain(
      'Something new.',
    )
  })
})
