import { credentialSchema, roleSchema } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { hashCode, hashSecret, isTokenOf, newInviteCode, newToken } from './tokens.ts'

it('makes tokens of 256 bits that say their role, and fit a header', () => {
  for (const role of roleSchema.options) expect(newToken(role)).toMatch(new RegExp(`^trb_${role[0]}_[\\w-]{43}$`))
  expect(credentialSchema.safeParse(newToken('institution')).success).toBe(true)
  for (const role of roleSchema.options)
    expect(roleSchema.options.filter((other) => isTokenOf(other, newToken(role)))).toEqual([role])
  expect(new Set(Array.from({ length: 1_000 }, () => newToken('admin'))).size).toBe(1_000)
})

it('makes codes that can be typed', () => {
  const codes = Array.from({ length: 1_000 }, newInviteCode)
  for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{6}-){3}[0-9A-HJKMNP-TV-Z]{6}$/)
  expect(new Set(codes).size).toBe(1_000)
  expect(new Set(codes.join('')).size).toBe(33)
})

it('stores SHA-256, and compares codes without groups and case', () => {
  expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(hashCode('abc-def')).toBe(hashSecret('ABCDEF'))
  expect(hashCode(' AB cd-EF ')).toBe(hashCode('abcdef'))
  expect(hashCode('Oo-iIlL')).toBe(hashSecret('001111'))
  expect(hashCode('abcdeg')).not.toBe(hashCode('abcdef'))
})
