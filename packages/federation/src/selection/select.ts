import type { SelectionConfig } from '@tributary/protocol'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Member } from '../run-machine/state.ts'
import { deriveSeed } from './seed.ts'

export interface Selection {
  /** Who is asked, in the order of names. */
  readonly members: readonly Member[]
  /** Updates that close the round at once. */
  readonly target: number
}

export const byName = (a: Member, b: Member): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/**
 * Random choice of a round's clients: S_t of McMahan 2017, Algorithm 1, with m = max(C·K, minimum), and over-selection as in
 * Bonawitz et al. 2019 ("Towards federated learning at scale", section 4.2): more are asked than are needed.
 * @returns null when fewer than the minimum are eligible
 */
export function selectClients(
  eligible: readonly Member[],
  config: SelectionConfig,
  seed: number,
  round: number,
): Selection | null {
  const pool = [...eligible].sort(byName)
  if (pool.length < config.minimum) return null
  // C·K of 0.1 × 30 is 3.0000000000000004 in floating point: not a fourth client.
  const target = Math.min(pool.length, Math.max(config.minimum, Math.ceil(config.fraction * pool.length - 1e-9)))
  const asked = Math.min(pool.length, Math.ceil(target * (1 + config.overSelection) - 1e-9))
  const random = xoroshiro128plus(deriveSeed(seed, 'selection', round))
  for (let i = 0; i < asked; i += 1) {
    const j = uniformInt(random, i, pool.length - 1)
    const chosen = pool[j] as Member
    pool[j] = pool[i] as Member
    pool[i] = chosen
  }
  return { members: pool.slice(0, asked).sort(byName), target }
}
