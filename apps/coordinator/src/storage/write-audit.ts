import { auditRow } from './accounts-rows.ts'
import type { NewAuditRecord } from './accounts-store.ts'
import type { DatabaseTransaction } from './database.ts'

/** As the last write of a transaction: the lock of the head orders writers, and a rollback leaves no gap. */
export async function writeAudit(tx: DatabaseTransaction, entry: NewAuditRecord): Promise<void> {
  const { seq } = await tx.auditHead.update({ where: { id: 1 }, data: { seq: { increment: 1 } } })
  await tx.auditEntry.create({ data: auditRow(entry, seq) })
}
