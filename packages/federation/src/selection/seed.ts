import { createSha256 } from '@tributary/protocol'

/**
 * A seed for one purpose, out of the run's seed: independent streams that do not depend on the order in which they are
 * asked for. First 32 bits of SHA-256 over the parts.
 */
export function deriveSeed(seed: number, ...purpose: readonly (string | number)[]): number {
  const text = JSON.stringify([seed, ...purpose])
  return Number.parseInt(createSha256().update(new TextEncoder().encode(text)).hex().slice(0, 8), 16)
}

/** Seed of one participant's training in one round: by name, so that ids drawn at joining do not matter. */
export const trainingSeed = (seed: number, round: number, name: string): number => deriveSeed(seed, 'training', round, name)
