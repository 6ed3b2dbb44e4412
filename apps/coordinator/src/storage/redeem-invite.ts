import { type InviteId, TributaryError } from '@tributary/protocol'
import type { DatabaseTransaction } from './database.ts'
import { refuseDuplicate } from './refusals.ts'
import { accountRow, participantRow } from './rows.ts'
import type { AccountRecord, ParticipantRecord } from './store.ts'

/**
 * Uses an invite and writes what it admits, inside a transaction.
 * @throws invite_unknown, invite_revoked, invite_used, invite_expired, participant_name_taken; bad_request for a token in use
 */
export async function redeemInviteIn(
  tx: DatabaseTransaction,
  id: InviteId,
  at: Date,
  account: AccountRecord,
  participant: ParticipantRecord | null,
): Promise<void> {
  const { count } = await tx.invite.updateMany({
    where: { id, usedAt: null, revokedAt: null, expiresAt: { gt: at } },
    data: { usedAt: at },
  })
  if (count === 0) {
    const invite = await tx.invite.findUnique({ where: { id } })
    if (invite === null) throw new TributaryError('invite_unknown')
    if (invite.revokedAt !== null) throw new TributaryError('invite_revoked')
    if (invite.usedAt !== null) throw new TributaryError('invite_used')
    throw new TributaryError('invite_expired', { expiresAt: invite.expiresAt.toISOString() })
  }
  if (participant !== null) {
    await refuseDuplicate('Participant', 'participant_name_taken', { name: participant.name }, () =>
      tx.participant.create({ data: participantRow(participant) }),
    )
  }
  await refuseDuplicate('Account', 'bad_request', { issues: 'token: it is a credential already; choose another' }, () =>
    tx.account.create({ data: accountRow(account) }),
  )
}
