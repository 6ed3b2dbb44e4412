import { accountIdSchema, federationIdSchema, participantIdSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { AccountRecord } from '../storage/store.ts'
import { authenticator } from './authentication.ts'
import { callerOfAccount } from './caller.ts'
import { hashSecret, newToken } from './tokens.ts'

const token = newToken('institution')
const federation = federationIdSchema.parse('fed_00000001')
const participant = participantIdSchema.parse('par_00000001')
const account: AccountRecord = {
  id: accountIdSchema.parse('acc_00000001'),
  name: 'alder',
  role: 'institution',
  tokenHash: hashSecret(token),
  federation,
  participant,
  createdAt: new Date(0),
  revokedAt: null,
}
const storeWith = (left: boolean) => ({
  credential: async (hash: string) => (hash === account.tokenHash ? { account, left } : null),
})

describe('the account of a token', () => {
  it('is found by the right token only', async () => {
    expect(await authenticator(storeWith(false))(token)).toEqual(callerOfAccount(account))
    await expect(authenticator(storeWith(false))(newToken('institution'))).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('opens nothing any more for a participant that has left', async () => {
    await expect(authenticator(storeWith(true))(token)).rejects.toMatchObject({ code: 'participant_left' })
  })
})
