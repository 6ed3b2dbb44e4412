import { newScalar, POINT_BYTES, psiIntersect, psiMask, psiOwn, psiRows, psiSort } from '@tributary/crypto/psi'
import { decodeContent } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestOf } from '../packages/federation/src/vertical/psi/testing/cast.ts'
import type { PsiWork } from '../packages/federation/src/vertical/psi/testing/work.ts'
import { inOrder, PsiWorld } from '../packages/federation/src/vertical/psi/testing/world.ts'

const curve: PsiWork = { own: psiOwn, mask: psiMask, sort: psiSort, intersect: psiIntersect, rows: psiRows }
type Tables = Readonly<Record<string, readonly string[]>>
const RULE = { trim: true, caseFold: false, removeSpaces: false }

function worldOf(
  tables: Tables,
  o: { label?: string; work?: PsiWork; rule?: typeof RULE; scalars?: readonly string[] } = {},
): PsiWorld {
  const { label = Object.keys(tables)[0] ?? '', work = curve, rule = RULE, scalars = [] } = o
  const manifest = manifestOf(Object.keys(tables), label, { idRule: rule })
  return new PsiWorld({ manifest, tables, work, scalarOf: (index) => scalars[index] ?? newScalar() })
}
const alignedIds = (world: PsiWorld) =>
  world.parties.map(({ ids, blobs }) => [...(blobs.get('alignment') ?? [])].map((row) => ids[row] ?? ''))

/** The machine with the curve's own arithmetic against an intersection of plain sets. */
function expectIntersection(world: PsiWorld): void {
  const [first, ...others] = world.parties.map(({ ids }) => ids)
  const expected = (first ?? []).filter((id) => others.every((ids) => ids.includes(id)))
  const [found, ...rest] = alignedIds(world)
  expect(found?.toSorted()).toEqual(expected.toSorted())
  for (const other of rest) expect(other).toEqual(found)
  const [state, ...states] = world.parties.map((party) => party.state)
  expect(state).toMatchObject({ phase: 'aligned', rows: expected.length })
  for (const other of states) expect(other).toEqual(state)
}

describe('alignment on the curve', () => {
  it('is the plain intersection in one order for 2, 3 and 4 parties, in any order of mail, with repeats and crashes', () => {
    const set = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(
        fc.array(set, { minLength: 2, maxLength: 4 }),
        fc.nat(3),
        fc.infiniteStream(fc.nat(1_000)),
        (sets, label, random) => {
          const names = ['bank', 'clinic', 'school', 'works'].slice(0, sets.length)
          const tables = Object.fromEntries(names.map((name, index) => [name, (sets[index] ?? []).map((id) => `id ${id}`)]))
          const world = worldOf(tables, { label: names[label % names.length] ?? '' })
          const choose = (count: number) => (count === 0 ? 0 : (random.next().value ?? 0) % count)
          world.run(choose, () => {
            if (choose(5) === 0) world.parties[choose(world.parties.length)]?.crash()
            const letter = world.delivered[choose(world.delivered.length)]
            if (choose(5) === 0 && letter !== undefined) expect(world.deliver(letter).refusal?.code).toBe('slr_state')
          })
          expectIntersection(world)
        },
      ),
      { numRuns: 40, seed: 1 },
    )
  })

  it('is the same rows whatever the scalars, and another order', () => {
    const table = Array.from({ length: 60 }, (_, index) => `id ${index}`)
    const runs = Array.from({ length: 2 }, () => {
      const world = worldOf({ bank: table, clinic: table.slice(20) })
      world.run(inOrder)
      expectIntersection(world)
      return alignedIds(world)[0] ?? []
    })
    expect(runs[0]).not.toEqual(runs[1])
  })

  it('takes more than one chunk', () => {
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `id ${from + index}`)
    const world = worldOf({ bank: ids(0, 4_040), clinic: ids(30, 60) })
    world.run(inOrder)
    expectIntersection(world)
  })

  it('matches ids by their form: NFC always, options as declared, numbers as text', () => {
    const tables = { bank: ['Zoë', '007', ' x ', 'A b'], clinic: ['Zoe\u0308', '7', 'x', 'aB'] }
    const rowsBy = (rule: typeof RULE) => {
      const world = worldOf(tables, { rule })
      world.run(inOrder)
      return alignedIds(world)[0]?.toSorted()
    }
    expect(rowsBy({ trim: false, caseFold: false, removeSpaces: false })).toEqual(['Zoë'])
    expect(rowsBy(RULE)).toEqual([' x ', 'Zoë'])
    expect(rowsBy({ trim: true, caseFold: true, removeSpaces: true })).toEqual([' x ', 'A b', 'Zoë'])
  })

  it.each([
    ['psi_duplicate_id', ['a', 'b', 'a '], { count: 1, lines: ['1', '3'] }],
    ['psi_bad_id', ['a', ' '], { line: 2 }],
  ] as const)('ends with %s where the table is at fault, and tells nobody its lines', (code, ids, details) => {
    const world = worldOf({ bank: ids, clinic: ['a', 'b'] })
    world.run(inOrder)
    expect(world.party('bank').failure).toMatchObject({ error: { code, details }, announced: { code, details: {} } })
    const owners = world.delivered
      .map(({ kind, bytes }) => decodeContent(kind, bytes).body)
      .map((body) => 'owner' in body && body.owner)
    expect(owners).not.toContain('bank')
    expect(world.party('clinic').state.phase).toBe('circling')
  })

  it('names the sender of what is no point', () => {
    const broken: PsiWork = { ...curve, mask: (points, scalar) => psiMask(points, scalar).fill(0xff, 1, POINT_BYTES) }
    const world = worldOf({ bank: ['a', 'b'], clinic: ['a', 'b'], school: ['a', 'b'] }, { work: broken })
    world.run(inOrder)
    const before = { bank: 'school', clinic: 'bank', school: 'clinic' }
    for (const [name, previous] of Object.entries(before)) {
      expect(world.party(name).failure?.error).toMatchObject({ code: 'psi_bad_point', details: { name: previous } })
    }
  })

  describe('the order of a table', () => {
    const table = Array.from({ length: 30 }, (_, index) => `id ${index}`)
    const scalars = [newScalar(), newScalar(), newScalar()]
    const sent = (work: PsiWork, bank: readonly string[]) => {
      const world = worldOf({ bank, clinic: table, school: table.slice(4) }, { work, scalars })
      world.run(inOrder)
      return world.delivered
        .map(({ from, to, kind, bytes }) => [from, to, kind, Buffer.from(bytes).toString('hex')].join())
        .toSorted()
    }

    it('does not show in anything that is sent', () => {
      expect(sent(curve, table.toReversed())).toEqual(sent(curve, table))
    })

    it('would show if sets were not sorted: this test can fail', () => {
      const unsorted: PsiWork = {
        ...curve,
        own: (o) => {
          const { chunks, order } = psiOwn(o)
          const places = [...order.keys()].toSorted((a, b) => (order[a] ?? 0) - (order[b] ?? 0))
          const inTableOrder = Buffer.concat(
            places.map((at) => chunks[0]?.subarray(at * POINT_BYTES, (at + 1) * POINT_BYTES) ?? new Uint8Array()),
          )
          return { chunks: [new Uint8Array(inTableOrder)], total: order.length, order: Uint32Array.from(order.keys()) }
        },
      }
      expect(sent(unsorted, table.toReversed())).not.toEqual(sent(unsorted, table))
    })
  })
})
