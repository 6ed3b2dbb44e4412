import fc from 'fast-check'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { describe, expect, it } from 'vitest'
import { manifestOf } from './testing/cast.ts'
import { toyWork } from './testing/work.ts'
import { inOrder, PsiWorld } from './testing/world.ts'

type Tables = Readonly<Record<string, readonly string[]>>
const SCALARS = ['1d5e8f3a7b', '2b9c04d6e1', '3fa7115c09', '48d2e6b7f3', '5c01ab93d7']

const worldOf = (tables: Tables, label: string) => {
  const manifest = manifestOf(Object.keys(tables), label)
  return new PsiWorld({ manifest, tables, work: toyWork, scalarOf: (index) => SCALARS[index] ?? '7' })
}
const ids = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${prefix}${from + index}`)

/** Every party ended with the plain intersection, in one order, and kept nothing but the alignment. */
function expectAligned(world: PsiWorld): void {
  const [first, ...others] = world.parties.map(({ ids: own }) => own)
  const expected = (first ?? []).filter((id) => others.every((table) => table.includes(id)))
  const found = world.parties.map(({ ids: own, blobs }) => {
    const alignment = blobs.get('alignment')
    return [...(alignment ?? [])].map((row) => own[row])
  })
  expect(found[0]?.toSorted()).toEqual(expected.toSorted())
  for (const other of found) expect(other).toEqual(found[0])
  const [state, ...states] = world.parties.map((party) => party.state)
  expect(state).toMatchObject({ phase: 'aligned', rows: expected.length, weightsSha256: null })
  for (const other of states) expect(other).toEqual(state)
  for (const { mail, blobs, jobs } of world.parties) {
    expect([mail.size, jobs.size, [...blobs.keys()]]).toEqual([0, 0, ['alignment']])
  }
}

const tables = {
  two: { bank: ids('p', 0, 30), clinic: ids('p', 10, 50) },
  three: { bank: ids('p', 0, 30), clinic: ids('p', 10, 50), school: [...ids('p', 5, 25), ...ids('q', 0, 9)] },
  four: { bank: ids('p', 0, 30), clinic: ids('p', 10, 50), school: ids('p', 5, 25), works: ids('p', 12, 60) },
} satisfies Record<string, Tables>

describe('alignment round the ring', () => {
  it.each(Object.entries(tables))('finds the plain intersection for %s parties, whoever has the label', (_, its: Tables) => {
    for (const label of Object.keys(its)) {
      const world = worldOf(its, label)
      world.run(inOrder)
      expectAligned(world)
    }
  })

  it('sends each set m times round the ring, and one final set of each feature party', () => {
    const world = worldOf(tables.three, 'clinic')
    world.run(inOrder)
    const count = (kind: string) => world.delivered.filter((letter) => letter.kind === kind).length
    expect([count('psi-set'), count('psi-final'), count('psi-common')]).toEqual([9, 2, 2])
    for (const { from, to, kind } of world.delivered) {
      if (kind === 'psi-final') expect(to).toBe('clinic')
      if (kind === 'psi-common') expect(from).toBe('clinic')
    }
  })

  it('takes sets of several chunks, of full chunks, and of one id', () => {
    const world = worldOf({ bank: ids('p', 0, 8_300), clinic: ids('p', 300, 8_300), school: ids('p', 900, 12_100) }, 'school')
    world.run(inOrder)
    expectAligned(world)
    const one = worldOf({ bank: ['p7'], clinic: ids('p', 0, 4_000) }, 'bank')
    one.run(inOrder)
    expectAligned(one)
  })

  it('ends with no rows when nothing is common', () => {
    const world = worldOf({ bank: ids('a', 0, 5), clinic: ids('b', 0, 5), school: ids('a', 0, 5) }, 'clinic')
    world.run(inOrder)
    expectAligned(world)
    expect(world.party('bank').state).toMatchObject({ rows: 0 })
  })

  it('does not send the order of the table', () => {
    const sent = (turned: boolean) => {
      const table = ids('p', 0, 40)
      const world = worldOf({ bank: turned ? table.toReversed() : table, clinic: ids('p', 0, 40) }, 'clinic')
      world.run(inOrder)
      return world.delivered.filter(({ from }) => from === 'bank').map(({ bytes }) => Buffer.from(bytes).toString('hex'))
    }
    expect(sent(true)).toEqual(sent(false))
  })

  it('keeps no points in its state, and no scalar once every set was masked', () => {
    const world = worldOf({ bank: ids('p', 0, 8_300), clinic: ids('p', 300, 8_300), school: ids('p', 900, 12_100) }, 'school')
    world.run(inOrder)
    for (const party of world.parties) {
      // Refs of 64 digits for three sets of at most three chunks, and names.
      expect(Math.max(...party.states.map((state) => state.length))).toBeLessThan(2_000)
      for (const state of party.states) {
        const { phase } = JSON.parse(state) as { phase: string }
        expect(state.includes('scalar')).toBe(!['intersecting', 'locating', 'aligned'].includes(phase))
      }
    }
  })
})

describe('disturbed', () => {
  it('in any order of mail and jobs, with repeats and crashes at any time, it comes to the same', () => {
    const set = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(set, { minLength: 2, maxLength: 4 }), fc.nat(3), fc.integer(), (sets, label, seed) => {
        const names = ['bank', 'clinic', 'school', 'works'].slice(0, sets.length)
        const its = Object.fromEntries(names.map((name, index) => [name, (sets[index] ?? []).map((id) => `p${id}`)]))
        const world = worldOf(its, names[label % names.length] ?? 'bank')
        const random = xoroshiro128plus(seed)
        const choose = (count: number) => (count === 0 ? 0 : uniformInt(random, 0, count - 1))
        world.run(choose, () => {
          const party = world.parties[choose(world.parties.length)]
          if (choose(4) === 0) party?.crash()
          const letter = world.delivered[choose(world.delivered.length)]
          if (choose(4) === 0 && letter !== undefined) expect(world.deliver(letter).refusal?.code).toBe('slr_state')
        })
        expectAligned(world)
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('with several chunks in any order, too', () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const world = worldOf({ bank: ids('p', 0, 4_300), clinic: ids('p', 300, 8_800), school: ids('p', 900, 4_800) }, 'bank')
      const random = xoroshiro128plus(seed)
      world.run((count) => (count === 0 ? 0 : uniformInt(random, 0, count - 1)))
      expectAligned(world)
    }
  })

  it.each(Object.entries(tables))('a crash of everybody after any one step changes nothing: %s parties', (_, its: Tables) => {
    const steps = (crashAfter: number) => {
      const world = worldOf(its, 'bank')
      let count = 0
      world.run(inOrder, () => {
        count += 1
        if (count === crashAfter) for (const party of world.parties) party.crash()
      })
      expectAligned(world)
      return { count, end: world.parties.map(({ state, blobs }) => [state, blobs.get('alignment')]) }
    }
    const { count, end } = steps(0)
    for (let at = 1; at <= count; at += 1) expect(steps(at).end).toEqual(end)
  })

  it('results of jobs that nobody asked for change nothing', () => {
    const world = worldOf(tables.three, 'bank')
    world.run(inOrder, () => {
      for (const party of world.parties) {
        for (const job of ['psi-mask:bank:7', 'psi-mask:nobody:0']) {
          const before = party.state
          expect(
            party.handle({ type: 'jobDone', job, result: { kind: 'psi-mask', points: new Uint8Array(33) } }).step.state,
          ).toEqual(before)
        }
        const error = { code: 'psi_bad_point', message: '', nextStep: '', retryable: false, party: '', phase: '', details: {} }
        const before = party.state
        expect(party.handle({ type: 'jobFailed', job: 'psi-nothing', error }).step.state).toEqual(before)
        expect(party.handle({ type: 'tick' }).step).toEqual({ state: before, effects: [] })
      }
    })
    expectAligned(world)
  })
})
