import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verticalExample } from '@tributary/data/node'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { areaUnderCurve } from './auc.ts'
import { closedForm, inner, type JoinedTable, maxRelativeError, scoresOf, signs, solve, standardised } from './closed-form.ts'
import { demoTables } from './demo-tables.ts'
import { irlsScores } from './irls.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-closed-form-'))
afterAll(() => rm(folder, { recursive: true }))
const tablesOf = (name: 'breast' | 'diabetes' | 'credit') => demoTables(verticalExample(name), 1, 1, folder)

const aucOf = ({ joined }: { joined: JoinedTable }, scores: Float64Array) =>
  areaUnderCurve(
    scores,
    [...signs(joined.label)].map((sign) => sign > 0),
  )
const ownAuc = ({ joined, owners }: Awaited<ReturnType<typeof tablesOf>>, party: string) => {
  const columns = joined.columns.filter((_, place) => owners[place] === party)
  return aucOf({ joined }, closedForm({ ...joined, columns }, { lambda: 1, task: 'linear' }).scores)
}

/** Figures of an independent computation in another language. */
describe('the closed form of known tables', () => {
  it('diabetes', async () => {
    const { joined, owners } = await tablesOf('diabetes')
    const { weights, loss, f } = closedForm(joined, { lambda: 1, task: 'linear' })
    const of = (party: string) => weights.filter((_, place) => owners[place] === party).map((w) => Number(w.toFixed(6)))
    expect(of('host')).toEqual([-0.005865, -0.147625, 0.321457, 0.199978, -0.434272])
    expect(of('guest')).toEqual([0.250801, 0.038132, 0.102792, 0.443135, 0.042116])
    expect(loss).toBeCloseTo(213.17807275, 7)
    expect(f).toBeCloseTo(213.49147746, 7)
  })

  it('breast, linear and by the Taylor form', async () => {
    const tables = await tablesOf('breast')
    const linear = closedForm(tables.joined, { lambda: 1, task: 'linear' })
    expect(linear.loss).toBeCloseTo(129.11073749, 7)
    expect(linear.f).toBeCloseTo(130.18903416, 7)
    expect(linear.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(-1.10155093, 7)
    const taylor = closedForm(tables.joined, { lambda: 1, task: 'logistic' })
    expect(taylor.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(-2.09919689, 7)
    expect(aucOf(tables, linear.scores)).toBeCloseTo(0.99686, 5)
    expect(aucOf(tables, taylor.scores)).toBeCloseTo(0.99658, 5)
    expect(aucOf(tables, irlsScores(tables.joined, 1))).toBeCloseTo(0.99745, 5)
  })

  it('credit, joint and each party alone', async () => {
    const tables = await tablesOf('credit')
    const linear = closedForm(tables.joined, { lambda: 1, task: 'linear' })
    expect(linear.loss).toBeCloseTo(26279.53188486, 5)
    expect(linear.weights.reduce((sum, w) => sum + w * w, 0)).toBeCloseTo(0.09019103, 7)
    expect(aucOf(tables, linear.scores)).toBeCloseTo(0.71848, 5)
    expect(ownAuc(tables, 'host')).toBeCloseTo(0.71555, 5)
    expect(ownAuc(tables, 'guest')).toBeCloseTo(0.63262, 5)
    expect(aucOf(tables, irlsScores(tables.joined, 1))).toBeCloseTo(0.72422, 5)
  })
})

describe('the closed form', () => {
  const number = fc.double({ min: -100, max: 100, noNaN: true })
  const table = fc.integer({ min: 5, max: 12 }).chain((rows) => {
    const column = fc.array(number, { minLength: rows, maxLength: rows }).map((values) => Float64Array.from(values))
    return fc.record({ columns: fc.array(column, { minLength: 1, maxLength: 4 }), label: column })
  })

  it('is where the gradient vanishes', () => {
    fc.assert(
      fc.property(table, fc.double({ min: 0.1, max: 10, noNaN: true }), ({ columns, label }, lambda) => {
        const { weights } = closedForm({ names: [], columns, label }, { lambda, task: 'linear' })
        const X = columns.map(standardised)
        const y = standardised(label)
        const residual = scoresOf(X, weights).map((score, row) => score - (y[row] ?? 0))
        for (const [place, column] of X.entries())
          expect(Math.abs(2 * inner(column, residual) + lambda * (weights[place] ?? 0))).toBeLessThan(1e-9 * label.length)
      }),
      { seed: 9 },
    )
  })

  it('gives a constant column no weight', () => {
    const columns = [Float64Array.of(1, 2, 3, 5), Float64Array.of(7, 7, 7, 7)]
    const { weights } = closedForm({ names: [], columns, label: Float64Array.of(1, 2, 2, 4) }, { lambda: 1, task: 'linear' })
    expect(weights[1]).toBe(0)
    expect(weights[0]).toBeGreaterThan(0)
  })

  it('refuses a label that has not two values for logistic regression, and a matrix that has no root', () => {
    const joined = { names: [], columns: [Float64Array.of(1, 2, 3)], label: Float64Array.of(0, 1, 2) }
    expect(() => closedForm(joined, { lambda: 1, task: 'logistic' })).toThrow(RangeError)
    expect(() => solve([[0]], [1])).toThrow(RangeError)
  })

  it('measures an error by the largest weight, and a missing weight as no number', () => {
    expect(maxRelativeError([1.1, -4], [1, -4])).toBeCloseTo(0.025, 12)
    expect(maxRelativeError([1], [1, 2])).toBeNaN()
  })
})

describe('the area under the curve', () => {
  it('is the share of pairs in order, ties half', () => {
    const row = fc.record({ score: fc.integer({ min: 0, max: 5 }), isPositive: fc.boolean() })
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        const positives = rows.filter(({ isPositive }) => isPositive)
        const negatives = rows.filter(({ isPositive }) => !isPositive)
        fc.pre(positives.length > 0 && negatives.length > 0)
        let inOrder = 0
        for (const one of positives)
          for (const other of negatives) inOrder += one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0
        const area = areaUnderCurve(
          rows.map(({ score }) => score),
          rows.map(({ isPositive }) => isPositive),
        )
        expect(area).toBeCloseTo(inOrder / (positives.length * negatives.length), 12)
      }),
      { seed: 10 },
    )
    expect(() => areaUnderCurve([1, 2], [true, true])).toThrow(RangeError)
  })
})

describe('the tables of the demo', () => {
  it("deals the host's columns to several parties, each once, and the same for the same seed", async () => {
    const example = verticalExample('breast')
    const one = await demoTables(example, 1, 1, folder)
    const three = await demoTables(example, 3, 5, folder)
    expect(three.tables.map(({ name, role, features }) => [name, role, features.length])).toEqual([
      ['host-1', 'feature', 7],
      ['host-2', 'feature', 6],
      ['host-3', 'feature', 7],
      ['guest', 'label', 10],
    ])
    expect(three.joined.names).toEqual(one.joined.names)
    for (const [id, row] of three.rowOf) {
      const same = one.rowOf.get(id) ?? Number.NaN
      expect(three.joined.label[row]).toBe(one.joined.label[same])
      expect(three.joined.columns.map((values) => values[row])).toEqual(one.joined.columns.map((values) => values[same]))
    }
    // The files hold what the party is said to have.
    const again = await demoTables({ ...example, tables: three.tables }, 1, 1, folder)
    expect(again.joined).toEqual(three.joined)
    expect([...(await demoTables(example, 3, 5, folder)).rowOf]).toEqual([...three.rowOf])
    expect([...(await demoTables(example, 3, 6, folder)).rowOf]).not.toEqual([...three.rowOf])
  })
})
