import type { DatabaseTransaction } from './database.ts'
import { type Addition, addToParticipants, lockParticipants } from './hot-statements.ts'
import type { Provider } from './migrations.ts'
import { statementGroups } from './statement-groups.ts'
import type { RunCommit } from './store.ts'

type Participants = NonNullable<RunCommit['participants']>

/** Adds to participants' accounts what a commit counted; those with the same addition share a statement. */
export async function addToAccounts(tx: DatabaseTransaction, provider: Provider, participants: Participants): Promise<void> {
  const sums = summed(participants)
  if (provider === 'postgres') await lockParticipants(tx, [...sums.keys()])
  const keyOf = ([, { roundsCounted, bytesUp, bytesDown }]: [string, Addition]) => `${roundsCounted}/${bytesUp}/${bytesDown}`
  for (const group of statementGroups(sums, keyOf)) {
    const [[, addition]] = group
    await addToParticipants(
      tx,
      group.map(([id]) => id),
      addition,
    )
  }
}

function summed(participants: Participants): Map<string, Addition> {
  const sums = new Map<string, Addition>()
  for (const { id, roundsCounted = 0, bytesUp = 0, bytesDown = 0 } of participants) {
    const sum = sums.get(id)
    sums.set(id, {
      roundsCounted: (sum?.roundsCounted ?? 0) + roundsCounted,
      bytesUp: (sum?.bytesUp ?? 0) + bytesUp,
      bytesDown: (sum?.bytesDown ?? 0) + bytesDown,
    })
  }
  return sums
}
