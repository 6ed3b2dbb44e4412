import { expect } from 'vitest'

/** What a contract compares of an error. */
export const refusal = (code: string) => expect.objectContaining({ code })
