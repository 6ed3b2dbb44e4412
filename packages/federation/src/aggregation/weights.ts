import type { OpenRound } from '../run-machine/state.ts'

/** Weight of each update before division by their sum: n_k, or 1. */
export const rawWeight = (samples: number, weighting: 'samples' | 'uniform'): number => (weighting === 'samples' ? samples : 1)

/** n_k / n of McMahan 2017, Algorithm 1, by participant id; they sum to 1. */
export function roundWeights(open: OpenRound, weighting: 'samples' | 'uniform'): Map<string, number> {
  const counted = open.members.flatMap(({ id, update }) =>
    update === null ? [] : [[id, rawWeight(update.samples, weighting)] as const],
  )
  const total = counted.reduce((sum, [, weight]) => sum + weight, 0)
  return new Map(counted.map(([id, weight]) => [id, weight / total]))
}
