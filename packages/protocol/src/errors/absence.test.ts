import { describe, expect, it } from 'vitest'
import type { Absence } from './absence.ts'
import { TributaryError } from './tributary-error.ts'

/** What a reader is told of those who are missing. */
const told = (missing: readonly Absence[], language: 'en' | 'zh') =>
  new TributaryError('run_failed_below_minimum', { round: 2, accepted: 1, minimum: 3, missing })
    .toBody(language)
    .message.replace(/^.*(Missing: |缺：)/, '')

describe('an absence in words', () => {
  const cases: [Absence, string, string][] = [
    [
      { name: 'birch', why: 'offline', since: '2026-03-01T14:02:59.999Z' },
      'birch (offline since 2026-03-01 14:02 UTC).',
      'birch（2026-03-01 14:02 UTC 起离线）。',
    ],
    [{ name: 'birch', why: 'offline', since: null }, 'birch (offline).', 'birch（离线）。'],
    [{ name: 'birch', why: 'asked' }, 'birch (connected, has not fetched the model).', 'birch（在线，未取模型）。'],
    [{ name: 'birch', why: 'training' }, 'birch (fetched the model, sent no update).', 'birch（已取模型，未交更新）。'],
    [
      { name: 'birch', why: 'refused', error: { code: 'update_samples_invalid', details: {} } },
      'birch (update refused: The sample count is missing or not a positive whole number).',
      'birch（更新被拒：样本数缺失或不是正整数）。',
    ],
    [
      // Of a newer coordinator, whose codes this version does not know.
      { name: 'birch', why: 'refused', error: { code: 'toString', details: {} } },
      'birch (update refused: toString).',
      'birch（更新被拒：toString）。',
    ],
    [
      { name: 'birch', why: 'failed', words: 'the disk is full' },
      'birch (its training failed: the disk is full).',
      'birch（训练失败：the disk is full）。',
    ],
    [{ name: 'birch', why: 'left', words: null }, 'birch (left).', 'birch（已退出）。'],
    [{ name: 'birch', why: 'excluded', words: '' }, 'birch (excluded).', 'birch（已被排除）。'],
  ]
  it.each(cases)('%j', (absence, en, zh) => {
    expect(told([absence], 'en')).toBe(en)
    expect(told([absence], 'zh')).toBe(zh)
  })

  it('of several is a list as the language writes one, and of nobody a dash', () => {
    const two: Absence[] = [
      { name: 'a', why: 'asked' },
      { name: 'b', why: 'left', words: null },
    ]
    expect(told(two, 'en')).toBe('a (connected, has not fetched the model), b (left).')
    expect(told(two, 'zh')).toBe('a（在线，未取模型）、b（已退出）。')
    expect(told([], 'en')).toBe('—.')
  })

  it('stays as it was stored where the detail is a text', () => {
    const missing = ['cedar (no update: selected)']
    expect(new TributaryError('run_failed_below_minimum', { round: 1, accepted: 0, minimum: 1, missing }).message).toContain(
      'Missing: cedar (no update: selected).',
    )
  })
})
