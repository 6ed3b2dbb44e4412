import { TributaryError } from '@tributary/protocol'
import { sessionRow } from './accounts-rows.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { DatabaseTransaction } from './database.ts'
import { writeAudit } from './write-audit.ts'

/** Begins a session inside a transaction, if what signed its user in still holds. @throws credentials_wrong */
export async function startSessionIn(
  tx: DatabaseTransaction,
  ...[session, passwordHash, replaced, audit]: Parameters<AccountsStore['startSession']>
): Promise<void> {
  // First, since it locks the user's row: a change waits and then finds this session to end, or was faster and is seen here.
  const { count } = await tx.user.updateMany({
    where: { id: session.user, disabledAt: null, ...(passwordHash === null ? {} : { passwordHash }) },
    data: { lastSignInAt: session.createdAt },
  })
  if (count === 0) throw new TributaryError('credentials_wrong')
  await tx.userSession.create({ data: sessionRow(session) })
  if (replaced !== null) await tx.userSession.deleteMany({ where: { idHash: replaced } })
  await writeAudit(tx, audit)
}
