import { expect, it } from 'vitest'
import type { PartyState } from './party/state.ts'
import { smallRun } from './testing/random-run.ts'
import { World } from './testing/world.ts'

const NAMES = ['host-a', 'host-b', 'guest'] as const

function play(after: (world: World) => void): World {
  const run = smallRun({ features: [2, 1], labelFeatures: 2, rows: 70 })
  const world = new World({ ...run, seed: 5 })
  for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
  while (world.step()) after(world)
  return world
}
const weightsOf = (world: World) => NAMES.map((name) => world.outcomes.get(name)?.weights ?? null)

it('a party goes on from what an earlier version stored: with receipts, and the lists of rows to the end', () => {
  const seen = new Map<PartyState['phase'], number>()
  const receipt = { hash: 'ab'.repeat(32), signature: 'c'.repeat(86), record: { seq: 1 } }
  const old = play((world) => {
    for (const name of NAMES) {
      const state = world.party(name)
      const lists = 'alignments' in state ? state.alignments : { guest: { rows: 70, listSha256: '', weightsSha256: null } }
      world.process(name).state = JSON.stringify({ ...state, alignments: lists, receipts: [receipt] })
      seen.set(state.phase, (seen.get(state.phase) ?? 0) + 1)
    }
    // As after a restart by the new version.
    for (const name of NAMES) world.restart(name)
  })
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['aligning', 'comparing', 'preparing', 'awaitingKey', 'requesting', 'deciding', 'done']),
  )
  expect(weightsOf(old)).toEqual(weightsOf(play(() => undefined)))
  expect(old.refusals).toEqual([])
})

it('a party keeps neither once nobody reads it', () => {
  const kept = new Set<PartyState['phase']>()
  play((world) => {
    for (const name of NAMES) {
      const state = world.party(name)
      if ('alignments' in state) kept.add(state.phase)
      expect(state).not.toHaveProperty('receipts')
    }
  })
  expect([...kept].sort()).toEqual(['aligning', 'comparing'])
})
