import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseIds } from './id-rule.ts'

const bare = { trim: false, caseFold: false, removeSpaces: false }
const all = { trim: true, caseFold: true, removeSpaces: true }
const refusal = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    if (error instanceof TributaryError) return { code: error.code, ...error.details }
    throw error
  }
  return 'accepted'
}

describe('form of ids', () => {
  it('is NFC under every rule', () => {
    expect(normaliseIds(['e\u0301', '\u212b'], bare)).toEqual(['\u00e9', '\u00c5'])
  })

  it('is left alone without options', () => {
    expect(normaliseIds([' A b ', 'a', 'A'], bare)).toEqual([' A b ', 'a', 'A'])
  })

  it.each([
    ['trim', { ...bare, trim: true }, [' A b\t', '\u00a0c\u3000'], ['A b', 'c']],
    ['caseFold', { ...bare, caseFold: true }, ['STRASSE', 'ΟΔΟΣ', 'Ǆ'], ['strasse', 'οδος', 'ǆ']],
    ['removeSpaces', { ...bare, removeSpaces: true }, [' A b ', 'c\u00a0d\n'], ['Ab', 'cd']],
    ['all', all, [' Müller 12 ', 'ΟΔΟΣ X'], ['müller12', 'οδοσx']],
  ] as const)('with %s', (_, rule, ids, expected) => {
    expect(normaliseIds(ids, rule)).toEqual(expected)
  })

  it('folds what has several small forms to one', () => {
    const rule = { ...bare, caseFold: true }
    const one = (id: string) => normaliseIds([id], rule)[0]
    expect(one('straße')).toBe(one('STRASSE'))
    expect(one('STRAẞE')).toBe(one('STRASSE'))
    expect(one('οδος')).toBe(one('ΟΔΟΣ'))
    expect(one('µ')).toBe(one('μ'))
    expect(one('e\u0301')).toBe(one('É'))
  })

  it('never reads a number: 007, 7 and 7.0 are three ids', () => {
    expect(normaliseIds(['007', '7', '7.0', '+7', '7e0'], all)).toEqual(['007', '7', '7.0', '+7', '7e0'])
  })

  it.each([
    ['empty', ['a', '']],
    ['empty after trimming', ['a', ' \t']],
    ['longer than 256 bytes', ['a', 'é'.repeat(129)]],
    ['no Unicode', ['a', '\ud800']],
  ])('refuses an id that is %s, with its line', (_, ids) => {
    expect(refusal(() => normaliseIds(ids, all))).toEqual({ code: 'psi_bad_id', line: 2 })
    expect(refusal(() => normaliseIds(ids, all, 2))).toEqual({ code: 'psi_bad_id', line: 3 })
  })

  it('takes 256 bytes', () => {
    expect(normaliseIds(['é'.repeat(128)], all)).toHaveLength(1)
  })

  it('refuses ids that are one after it, with their number and the lines of the first', () => {
    expect(refusal(() => normaliseIds(['x', 'A', 'b', ' a', 'B ', 'a'], all, 2))).toEqual({
      code: 'psi_duplicate_id',
      count: 2,
      lines: ['3', '5', '7'],
    })
    expect(refusal(() => normaliseIds(['a', 'A'], bare))).toBe('accepted')
    expect(refusal(() => normaliseIds(['\u00e9', 'e\u0301'], bare))).toMatchObject({ code: 'psi_duplicate_id', count: 1 })
  })

  it('does not change when it is applied again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
        fc.record({ trim: fc.boolean(), caseFold: fc.boolean(), removeSpaces: fc.boolean() }),
        (id, rule) => {
          if (refusal(() => normaliseIds([id], rule)) !== 'accepted') return
          const once = normaliseIds([id], rule)
          expect(normaliseIds(once, rule)).toEqual(once)
        },
      ),
      { numRuns: 2_000, seed: 1 },
    )
  })
})
