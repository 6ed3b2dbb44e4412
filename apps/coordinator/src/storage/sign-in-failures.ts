import type { LockPolicy } from './accounts-store.ts'
import type { DatabaseClient } from './database.ts'
import { isDuplicate } from './refusals.ts'
import type { Turns } from './turns.ts'

/**
 * Counts a try as a failure: whoever reads the same count at the same moment loses the compare-and-swap and reads again.
 * @returns until when tries are refused; null lets this one go on
 */
export async function countTryIn(turns: Turns, key: string, at: Date, policy: LockPolicy): Promise<Date | null> {
  for (;;) {
    const known = await turns.do((client) => client.signInFailure.findUnique({ where: { key } }))
    if (known !== null && known.lockedUntil > at) return known.lockedUntil
    const remembered = known !== null && known.lastAt.getTime() + policy.forgetMs > at.getTime()
    const failures = (remembered ? known.failures : 0) + 1
    const data = { failures, lastAt: at, lockedUntil: new Date(at.getTime() + policy.lockMs(failures)) }
    if (known === null) {
      if (await turns.do((client) => create(client, { key, ...data }))) return null
    } else {
      const where = { key, failures: known.failures, lastAt: known.lastAt, lockedUntil: known.lockedUntil }
      const { count } = await turns.do((client) => client.signInFailure.updateMany({ where, data }))
      if (count > 0) return null
    }
  }
}

export async function forgiveTryIn(client: DatabaseClient, key: string, at: Date, all: boolean): Promise<void> {
  if (all) await client.signInFailure.deleteMany({ where: { key } })
  else
    await client.signInFailure.updateMany({
      where: { key, failures: { gt: 0 } },
      data: { failures: { decrement: 1 }, lockedUntil: at },
    })
}

/** @returns false when another was first */
async function create(
  client: DatabaseClient,
  data: { key: string; failures: number; lastAt: Date; lockedUntil: Date },
): Promise<boolean> {
  try {
    await client.signInFailure.create({ data })
    return true
  } catch (error) {
    if (isDuplicate(error, 'SignInFailure')) return false
    throw error
  }
}
