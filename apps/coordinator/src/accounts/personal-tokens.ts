import { randomBytes } from 'node:crypto'

const PREFIX = 'trb_p_'

/** 256 random bits; the prefix lets scanners of repositories and logs find a leaked one. */
export const newPersonalToken = (): string => `${PREFIX}${randomBytes(32).toString('base64url')}`

export const isPersonalToken = (token: string): boolean => token.startsWith(PREFIX)
