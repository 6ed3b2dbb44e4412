import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newScalar, POINT_BYTES } from './curve.ts'
import { psiIntersect, psiMask, psiOwn, psiOwnOf, psiRows, psiSort } from './jobs.ts'
import { maskIds } from './mask.ts'
import { isAscending, joinPoints, sortPoints } from './order.ts'

const rule = { trim: true, caseFold: false, removeSpaces: false }
const run = 'ab'.repeat(32)
const badPoint = (set?: number) =>
  expect.objectContaining({ code: 'psi_bad_point', ...(set === undefined ? {} : { details: { set } }) })

/** The whole alignment by the job functions alone: the label party is the last. */
function align(tables: readonly (readonly string[])[], chunk: number) {
  const scalars = tables.map(newScalar)
  const own = tables.map((ids, party) => psiOwn({ ids, rule, run, scalar: scalars[party] ?? '', chunk }))
  const full = own.map(({ chunks }, party) => {
    const round = scalars.filter((_, other) => other !== party)
    return psiSort(
      round.reduce<readonly Uint8Array[]>((set, scalar) => set.map((points) => psiMask(points, scalar)), chunks),
      chunk,
    )
  })
  const last = full.at(-1)
  if (last === undefined) throw new Error('there is no party')
  const common = psiIntersect({ full: last.full, sets: full.slice(0, -1).map(({ chunks }) => chunks), chunk })
  const rows = full.map(({ full: points }, party) =>
    psiRows({ common: common.chunks, full: points, order: own[party]?.order ?? new Uint32Array() }),
  )
  return { own, common, rows }
}

describe('jobs of the alignment', () => {
  it('find what a plain intersection finds, in one order, for 2 to 4 parties', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 }), {
          minLength: 2,
          maxLength: 4,
        }),
        fc.integer({ min: 1, max: 13 }),
        (sets, chunk) => {
          const tables = sets.map((set) => set.map((id) => `id ${id}`))
          const { rows, common } = align(tables, chunk)
          const expected = tables.reduce((left, ids) => left.filter((id) => ids.includes(id)))
          const found = rows.map(({ alignment }, party) => [...alignment].map((row) => tables[party]?.[row]))
          expect(found[0]?.toSorted()).toEqual(expected.toSorted())
          for (const other of found) expect(other).toEqual(found[0])
          expect(new Set(rows.map(({ listSha256 }) => listSha256)).size).toBe(1)
          expect(rows[0]?.rows).toBe(expected.length)
          expect(rows[0]?.listSha256).toBe(createHash('sha256').update(common.common).digest('hex'))
          expect(common.total).toBe(expected.length)
          expect(common.chunks).toHaveLength(Math.ceil(expected.length / chunk))
        },
      ),
      { numRuns: 40, seed: 1 },
    )
  })

  it('cut sets into chunks of a size, the last with the rest', () => {
    const ids = Array.from({ length: 25 }, (_, index) => `${index}`)
    const { chunks, total } = psiOwn({ ids, rule, run, scalar: newScalar(), chunk: 10 })
    expect(chunks.map((points) => points.length / POINT_BYTES)).toEqual([10, 10, 5])
    expect(total).toBe(25)
    expect(isAscending(joinPoints(chunks))).toBe(true)
  })

  it('give the same set however many workers had a slice', () => {
    const ids = Array.from({ length: 25 }, (_, index) => `${index}`)
    const scalar = newScalar()
    const slices = [ids.slice(0, 7), ids.slice(7, 9), ids.slice(9)]
    const masked = joinPoints(slices.map((slice) => maskIds(slice, run, scalar)))
    expect(psiOwnOf(masked, 10)).toEqual(psiOwn({ ids, rule, run, scalar, chunk: 10 }))
  })

  it('refuse a set that came home with a value twice or with what is none', () => {
    const points = maskIds(['a', 'b'], run, newScalar())
    expect(() => psiSort([points, points], 10)).toThrow(badPoint())
    expect(() => psiSort([points.subarray(1)], 10)).toThrow(badPoint())
    expect(() => psiSort([new Uint8Array(POINT_BYTES)], 10)).toThrow(badPoint())
  })

  it('say which of the final sets is none', () => {
    const full = maskIds(['a', 'b'], run, newScalar())
    expect(() => psiIntersect({ full, sets: [[full], [full.subarray(0, 40)]], chunk: 10 })).toThrow(badPoint(1))
  })

  it('refuse common values that are not ascending, twice there, or not in the own set', () => {
    const { points: full } = sortPoints(maskIds(['a', 'b', 'c'], run, newScalar()))
    const order = Uint32Array.of(2, 0, 1)
    const point = (index: number) => full.subarray(index * POINT_BYTES, (index + 1) * POINT_BYTES)
    expect([...psiRows({ common: [point(0), point(2)], full, order }).alignment]).toEqual([2, 1])
    const other = maskIds(['d'], run, newScalar())
    for (const common of [[point(2), point(0)], [point(1), point(1)], [other]]) {
      expect(() => psiRows({ common, full, order })).toThrow(expect.objectContaining({ code: 'slr_alignment' }))
    }
  })

  it('take an empty intersection', () => {
    const { rows, common } = align([['a'], ['b']], 10)
    expect(common).toMatchObject({ chunks: [], total: 0 })
    expect(rows.map((its) => its.rows)).toEqual([0, 0])
    expect(rows[0]?.listSha256).toBe(createHash('sha256').digest('hex'))
  })
})

it('sorting is by all 33 bytes, even where the first are equal', () => {
  const set = Array.from({ length: 200 }, (_, index) => {
    const point = new Uint8Array(POINT_BYTES).fill(7)
    point[0] = 2
    point[POINT_BYTES - 1 - (index % 28)] = (index * 37) % 256
    return point
  })
  const { points, order } = sortPoints(joinPoints(set))
  const expected = set.map((point) => Buffer.from(point)).toSorted(Buffer.compare)
  expect(Buffer.from(points).equals(Buffer.concat(expected))).toBe(true)
  expect([...order].toSorted((a, b) => a - b)).toEqual(set.map((_, index) => index))
})
