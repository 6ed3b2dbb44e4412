import { numbersPerKey, TributaryError } from '@tributary/protocol'

const MOST_KEYS = 64

/**
 * Key pairs of a step: the fewest for which no key opens more than the cap to any coalition of all parties with columns but one,
 * when each spreads its numbers evenly. With two such parties this is the cap on each of them.
 *
 * @throws TributaryError slr_params when more than 64 were needed.
 */
export function keysNeeded(ringDegree: number, plainBits: number, features: readonly number[]): number {
  const cap = numbersPerKey(ringDegree, plainBits)
  const present = features.filter((count) => count > 0).sort((a, b) => b - a)
  const coalition = present.slice(0, Math.max(1, present.length - 1))
  for (let keys = 1; keys <= MOST_KEYS; keys += 1)
    if (coalition.reduce((sum, count) => sum + Math.ceil(count / keys), 0) <= cap) return keys
  const total = coalition.reduce((sum, count) => sum + count, 0)
  throw new TributaryError('slr_params', { reason: `${total} columns need more than ${MOST_KEYS} keys a step` })
}
