import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { rowPlaces } from './predict.ts'
import { peerPin } from './vertical-options.ts'
import { idRule } from './vertical-settings-options.ts'

const digits = '0123456789abcdef'.repeat(4)

describe('option values of vertical commands', () => {
  it('takes a fingerprint as people write it down', () => {
    const first = peerPin(`bank-a=${digits}`)
    expect(first).toEqual([{ name: 'bank-a', fingerprint: digits }])
    expect(peerPin(`bank-b=${digits.toUpperCase().replaceAll(/(.{4})/g, '$1 ')}`, first)).toEqual([
      { name: 'bank-a', fingerprint: digits },
      { name: 'bank-b', fingerprint: digits },
    ])
    for (const wrong of [digits, `bank-a=${digits.slice(1)}`, `bank-a=${digits.slice(1)}x`, `=${digits}`])
      expect(() => peerPin(wrong)).toThrow(InvalidArgumentError)
  })

  it('takes places of rows', () => {
    expect(rowPlaces('all')).toBe('all')
    expect(rowPlaces('0,1,5')).toEqual([0, 1, 5])
    expect(rowPlaces('7, 2-4')).toEqual([7, 2, 3, 4])
    for (const wrong of ['', '1,', '-1', '4-2', 'x', '1.5', '0-100000'])
      expect(() => rowPlaces(wrong)).toThrow(InvalidArgumentError)
  })

  it('takes rules for ids', () => {
    expect(idRule('none')).toEqual([])
    expect(idRule('trim, case-fold,remove-spaces')).toEqual(['trim', 'case-fold', 'remove-spaces'])
    expect(() => idRule('trim,digits')).toThrow(InvalidArgumentError)
  })
})
