import { accountIdSchema, federationIdSchema, participantIdSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { AccountRecord, ParticipantRecord } from '../storage/store.ts'
import { authenticator } from './authentication.ts'
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
const storeWith = (leftAt: Date | null) => ({
  accountByTokenHash: async (hash: string) => (hash === account.tokenHash ? account : null),
  participant: async (): Promise<ParticipantRecord> => ({
    id: participant,
    federation,
    name: 'alder',
    joinedAt: new Date(0),
    leftAt,
    lastSeenAt: null,
    samples: null,
    backend: null,
    clientVersion: null,
    roundsCounted: 0,
    bytesUp: 0,
    bytesDown: 0,
  }),
})

describe('the account of a token', () => {
  it('is found by the right token only', async () => {
    expect(await authenticator(storeWith(null))(token)).toBe(account)
    await expect(authenticator(storeWith(null))(newToken('institution'))).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('opens nothing any more for a participant that has left', async () => {
    await expect(authenticator(storeWith(new Date(1)))(token)).rejects.toMatchObject({ code: 'participant_left' })
  })
})
