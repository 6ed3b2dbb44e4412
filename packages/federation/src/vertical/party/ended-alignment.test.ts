import { describe, expect, it } from 'vitest'
import type { PsiState } from '../psi/index.ts'
import { smallRun } from '../testing/random-run.ts'
import { World } from '../testing/world.ts'

const NAMES = ['guest', 'host-a', 'host-b'] as const

/** A run that went so many deliveries and results far, by one chance; null when it is over before. */
function after(steps: number): World | null {
  const run = smallRun({ features: [1, 1], labelFeatures: 1, rows: 40 })
  const world = new World({ ...run, seed: 3 })
  for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
  for (let i = 0; i < steps; i += 1) if (!world.step()) return null
  return world
}

/** Messages with points that a party has received and still keeps. */
const chunksKept = (world: World, name: string): readonly string[] =>
  [...world.process(name).messages].filter(([, parts]) => parts.length > 0).map(([ref]) => ref)

describe('a run that ends during the alignment', () => {
  it.each(NAMES)('leaves nothing of what was received at %s, wherever it was', (name) => {
    const held = new Set<PsiState['phase']>()
    for (let steps = 0; ; steps += 1) {
      const world = after(steps)
      const state = world?.party(name)
      if (world === null || state === undefined || (state.phase !== 'aligning' && state.phase !== 'comparing')) break
      if (state.phase === 'aligning' && chunksKept(world, name).length > 0) held.add(state.psi.phase)
      world.send(name, { type: 'cancelled', by: 'hub', reason: 'enough' })
      expect(world.party(name).phase).toBe('aborted')
      expect(chunksKept(world, name)).toEqual([])
      expect(world.blobs(name).filter((blob) => blob.startsWith('psi-'))).toEqual([])
    }
    expect([...held]).toEqual(expect.arrayContaining(['circling', name === 'guest' ? 'intersecting' : 'locating']))
  })
})
