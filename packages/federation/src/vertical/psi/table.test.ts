import { TributaryError } from '@tributary/protocol'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { describe, expect, it } from 'vitest'
import { type PsiEventName, psiEventOf } from './event-cells.ts'
import { psiTransition } from './machine.ts'
import type { PsiState } from './state.ts'
import { psiTable } from './table.ts'
import { manifestOf } from './testing/cast.ts'
import { toyWork } from './testing/work.ts'
import { PsiWorld } from './testing/world.ts'

const tables = { bank: ['a', 'b'], clinic: ['b', 'c'], school: ['b', 'a'] }
const EVENTS = Object.keys(psiTable.idle) as PsiEventName[]
const PHASES = Object.keys(psiTable) as PsiState['phase'][]

/** What may change the state of each phase; everything else is refused (mail) or leaves it as it is. */
const CHANGES: Record<PsiState['phase'], readonly PsiEventName[]> = {
  idle: ['begin'],
  masking: ['set', 'final', 'ownMasked', 'chunkMasked', 'jobFailed', 'lost'],
  circling: ['set', 'final', 'chunkMasked', 'jobFailed', 'lost'],
  sorting: ['set', 'final', 'chunkMasked', 'sorted', 'jobFailed', 'lost'],
  gathering: ['set', 'final', 'common', 'chunkMasked', 'jobFailed', 'lost'],
  intersecting: ['intersected', 'jobFailed', 'lost'],
  locating: ['located', 'jobFailed', 'lost'],
  aligned: [],
  failed: [],
}

describe('table of the alignment', () => {
  it('has a cell for each phase and event', () => {
    for (const phase of PHASES) expect(Object.keys(psiTable[phase]).toSorted()).toEqual(EVENTS.toSorted())
  })

  it('in every state of a run takes every event of every party, and changes only where it may', () => {
    const manifest = manifestOf(Object.keys(tables), 'clinic')
    const runs = Array.from({ length: 12 }, (_, seed) => {
      const world = new PsiWorld({ manifest, tables, work: toyWork, scalarOf: (index) => `${index + 3}` })
      const random = xoroshiro128plus(seed)
      world.run((count) => (count === 0 ? 0 : uniformInt(random, 0, count - 1)))
      return world.parties
    })
    const error = new TributaryError('internal').toBody()
    const events = [
      ...(runs[0] ?? []).flatMap((party) => party.events),
      ...['psi-own', 'psi-mask:bank:0', 'psi-mask:clinic:0', 'psi-mask:school:0', 'psi-sort', 'psi-intersect', 'psi-rows'].map(
        (job) => ({ type: 'jobFailed', job, error }) as const,
      ),
      { type: 'lost', blob: 'psi-order' } as const,
    ]
    const changed = new Map<string, Set<string>>()
    for (const { states, around } of runs.flat()) {
      for (const state of [JSON.stringify({ phase: 'idle', scalar: '7' }), '{"phase":"failed","code":"internal"}', ...states]) {
        for (const event of events) {
          const before = JSON.parse(state) as PsiState
          const after = psiTransition(before, event, around)
          if (after.refusal !== undefined) expect([after.state, after.effects]).toEqual([before, []])
          const name = psiEventOf(event)?.name ?? 'none'
          if (JSON.stringify(after.state) === state) expect(after.effects).toEqual([])
          else changed.set(before.phase, (changed.get(before.phase) ?? new Set()).add(name))
        }
      }
    }
    for (const phase of PHASES) {
      expect([...(changed.get(phase) ?? [])].toSorted(), phase).toEqual(CHANGES[phase].toSorted())
    }
  })
})
