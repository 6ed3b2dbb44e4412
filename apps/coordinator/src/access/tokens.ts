import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '@tributary/protocol'

/** Crockford's base 32: no letters that are mistaken for digits when a code is typed. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const prefixOf = (role: Role): string => `trb_${role[0]}_`

/** 256 random bits. The prefix lets scanners of repositories and logs find a leaked one. */
export const newToken = (role: Role): string => `${prefixOf(role)}${randomBytes(32).toString('base64url')}`

/** Whether a token says that it is of this role. */
export const isTokenOf = (role: Role, token: string): boolean => token.startsWith(prefixOf(role))

/** An invite code of 120 random bits, in groups that can be typed. */
export function newInviteCode(): string {
  const letters = [...randomBytes(24)].map((byte) => ALPHABET[byte % 32] as string)
  return [0, 6, 12, 18].map((start) => letters.slice(start, start + 6).join('')).join('-')
}

/** What is stored of a secret. It has full entropy: a slow hash would add nothing. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Codes are compared as people type them: without groups and case, and with the letters that Crockford reads as digits. */
export const hashCode = (code: string): string =>
  hashSecret(
    code
      .toUpperCase()
      .replace(/[^0-9A-Z]/g, '')
      .replaceAll('O', '0')
      .replaceAll(/[IL]/g, '1'),
  )
