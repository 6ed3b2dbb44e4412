import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const ATTEMPTS = 12
const LONGEST_WAIT_MS = 500

/**
 * True when a database refused only because somebody else was writing: SQLite's busy file (Prisma P1008: after its busy timeout,
 * or at once for a transaction that has read what is old by now), PostgreSQL's serialization failure or deadlock (P2034), a pool
 * without a free connection (P2024, P2028).
 */
export function isContention(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false
  if (error.code === 'P2028') return error instanceof Error && error.message.includes('Unable to start a transaction')
  return error.code === 'P1008' || error.code === 'P2034' || error.code === 'P2024' || error.code === 'SQLITE_BUSY'
}

/** Repeats `work` while it fails by contention, with growing waits (about 4 s in all), then lets the failure through. */
export async function retryOnContention<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= ATTEMPTS || !isContention(error)) throw error
      const longest = Math.min(LONGEST_WAIT_MS, 5 * 2 ** attempt)
      await sleep(randomInt(Math.ceil(longest / 2), longest + 1))
    }
  }
}
