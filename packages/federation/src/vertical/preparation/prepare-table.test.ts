import { manifestSchema, TributaryError, type VerticalSettingsInput } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { norm } from '../arithmetic/fixed-point.ts'
import { announcedOf } from '../run/announced.ts'
import { MOCK_HE } from '../testing/cast.ts'
import { leverages } from './leverage.ts'
import { type AlignedTable, prepareTable } from './prepare-table.ts'

const place = (name: string, role: string, features: number) => ({ name, role, features, fingerprint: 'ab'.repeat(32) })

const manifest = (features: number, settings: VerticalSettingsInput = {}) =>
  manifestSchema.parse({
    protocol: 'tributary-slr/1',
    runId: 'run_0123456789abcdef',
    parties: [place('guest', 'label', 0), place('host', 'feature', features), place('keys', 'key-service', 0)],
    settings,
    he: MOCK_HE,
    rowsBound: 1_000,
  })

/** Spread without chance: a low-discrepancy sequence. */
const spread = (n: number, step: number) => Float64Array.from({ length: n }, (_, i) => ((i * step) % 1) * 10 + 3)
const golden = 0.618_033_988_75
const silver = 0.414_213_562_37

const table = (columns: readonly Float64Array[], more: Partial<AlignedTable> = {}): AlignedTable => ({
  names: columns.map((_, index) => `x${index}`),
  columns,
  label: null,
  rowWeights: null,
  ...more,
})

const refusal = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}

describe('preparing a table', () => {
  it('standardises by population deviations and rounds once', () => {
    const prepared = prepareTable(table([spread(50, golden), spread(50, silver)]), manifest(2), 'host')
    const [x = new Float64Array()] = prepared.columns
    expect(x.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 2)
    expect(norm(x)).toBeCloseTo(Math.sqrt(50), 3)
    for (const value of x) expect(Number.isInteger(value * 2 ** 14)).toBe(true)
    const raw = spread(50, golden)
    const mean = raw.reduce((a, b) => a + b, 0) / 50
    expect(prepared.means[0]).toBeCloseTo(mean, 12)
    expect((prepared.deviations[0] ?? 0) ** 2).toBeCloseTo(raw.reduce((a, b) => a + (b - mean) ** 2, 0) / 50, 12)
  })

  it('keeps ‖x‖ = √n under row weights, centred by them', () => {
    const rowWeights = Float64Array.from({ length: 50 }, (_, i) => 1 + (i % 7))
    const settings = { rowWeights: true }
    const { columns, rootWeights } = prepareTable(table([spread(50, golden)], { rowWeights }), manifest(1, settings), 'host')
    const [x = new Float64Array()] = columns
    expect(norm(x)).toBeCloseTo(Math.sqrt(50), 3)
    // Σ ω·(x − mean) = Σ √ω·column.
    expect(x.reduce((sum, value, i) => sum + value * (rootWeights?.[i] ?? 0), 0)).toBeCloseTo(0, 2)
    expect((rootWeights?.[6] ?? 0) ** 2 / (rootWeights?.[0] ?? 1) ** 2).toBeCloseTo(7, 12)
    expect(norm(rootWeights ?? [])).toBeCloseTo(Math.sqrt(50), 9)
  })

  it('is the same table in any order of rows, to the last bit', () => {
    const rowWeights = Float64Array.from({ length: 60 }, (_, i) => 1 + Math.sin(i) ** 2)
    const columns = [golden, silver].map((step) => spread(60, step).map((value, i) => value * (1 + (i % 5))))
    const label = spread(60, 0.7)
    const labelled = manifestSchema.parse({
      ...manifest(2, { rowWeights: true }),
      parties: [place('guest', 'label', 2), place('host', 'feature', 1), place('keys', 'key-service', 0)],
    })
    const prepared = (order: readonly number[]) => {
      const inOrder = (values: Float64Array) => Float64Array.from(order, (row) => values[row] ?? Number.NaN)
      const raw = table(columns.map(inOrder), { label: inOrder(label), rowWeights: inOrder(rowWeights) })
      const { means, deviations, labelMean, labelDeviation, factor, columns: out } = prepareTable(raw, labelled, 'guest')
      // Rows by their place before.
      const first = order.map((row, at) => [row, out[0]?.[at]] as const).toSorted(([a], [b]) => a - b)
      return { means, deviations, labelMean, labelDeviation, factor, first }
    }
    const rows = Array.from({ length: 60 }, (_, row) => row)
    for (const step of [7, 11, 13, 29]) {
      expect(prepared(rows.map((row) => (row * step) % 60))).toEqual(prepared(rows))
    }
  })

  it('drops constant columns, also those that are constant but for rounding', () => {
    const almost = Float64Array.from({ length: 50 }, (_, i) => 1e6 + (i % 2) * 1e-8)
    const prepared = prepareTable(table([spread(50, golden), new Float64Array(50).fill(3), almost]), manifest(3), 'host')
    expect(prepared).toMatchObject({ names: ['x0'], dropped: ['x1', 'x2'] })
    expect(prepared.columns).toHaveLength(1)
    expect(prepared.factor).toHaveLength(1)
  })

  it('counts both classes ±1 twice for logistic regression and centres, without scaling', () => {
    const labels = Float64Array.from({ length: 40 }, (_, i) => Number(i % 4 === 0))
    const prepared = prepareTable(table([], { label: labels }), manifest(1, { task: 'logistic' }), 'guest')
    expect(prepared).toMatchObject({ labelMean: -1, labelDeviation: 1 })
    expect([...new Set(prepared.label)].sort()).toEqual([-1, 3])
    const minus = labels.map((value) => 2 * value - 1)
    expect(prepareTable(table([], { label: minus }), manifest(1, { task: 'logistic' }), 'guest').label).toEqual(prepared.label)
  })

  it.each<[string, () => unknown, string]>([
    [
      'NaN',
      () => prepareTable(table([spread(50, golden).map((x, i) => (i === 7 ? Number.NaN : x))]), manifest(1), 'host'),
      'data_not_finite',
    ],
    [
      'infinity in the label',
      () => prepareTable(table([], { label: spread(50, golden).fill(Infinity, 3, 4) }), manifest(1), 'guest'),
      'data_not_finite',
    ],
    [
      'too few rows for the own columns',
      () => prepareTable(table([spread(15, golden)]), manifest(1), 'host'),
      'slr_too_few_rows',
    ],
    [
      "too few rows for another's columns",
      () => prepareTable(table([], { label: spread(50, golden) }), manifest(5), 'guest'),
      'slr_too_few_rows',
    ],
    ['no label', () => prepareTable(table([spread(50, golden)]), manifest(1), 'guest'), 'slr_label'],
    [
      'a constant label',
      () => prepareTable(table([], { label: new Float64Array(50).fill(2) }), manifest(1), 'guest'),
      'slr_label',
    ],
    [
      'three classes',
      () =>
        prepareTable(
          table([], { label: Float64Array.from({ length: 50 }, (_, i) => i % 3) }),
          manifest(1, { task: 'logistic' }),
          'guest',
        ),
      'slr_label',
    ],
    [
      'missing row weights',
      () => prepareTable(table([spread(50, golden)]), manifest(1, { rowWeights: true }), 'host'),
      'slr_secret_weights',
    ],
    [
      'a weight of 0',
      () =>
        prepareTable(
          table([spread(50, golden)], { rowWeights: new Float64Array(50) }),
          manifest(1, { rowWeights: true }),
          'host',
        ),
      'slr_row_weights',
    ],
  ])('refuses %s', (_, run, code) => {
    expect(refusal(run)).toMatchObject({ code })
  })

  it('says so when λ is too small for columns that depend on each other; the others learn the code', () => {
    const column = spread(30_000, golden)
    const dependent = table([column, column.map((x) => -x)])
    expect(refusal(() => prepareTable(dependent, manifest(2), 'host'))).toBeNull()
    const error = refusal(() => prepareTable(dependent, manifest(2, { lambda: 1e-12 }), 'host'))
    if (!(error instanceof TributaryError)) throw error
    expect(error).toMatchObject({
      code: 'slr_params',
      details: { reason: expect.stringMatching(/depend on each other.*lambda/) },
    })
    expect(error.message).not.toMatch(/x0|x1/)
    expect(announcedOf(error)).toMatchObject({ code: 'slr_params', details: { reason: 'its owner alone is told more' } })
  })

  it('names the line of the file', () => {
    const lines = Array.from({ length: 50 }, (_, i) => 1_000 - i)
    const bad = table([spread(50, golden).map((x, i) => (i === 7 ? Number.NaN : x))], { lines })
    expect(refusal(() => prepareTable(bad, manifest(1), 'host'))).toMatchObject({ details: { column: 'x0', line: 993 } })
  })
})

describe('leverage', () => {
  it('is the diagonal of the projection on the columns, also with columns that follow from others', () => {
    const a = Float64Array.of(1, 0, 0, 0)
    const b = Float64Array.of(0, 1, 1, 0)
    const both = Float64Array.of(1, 1, 1, 0)
    expect([...leverages([a, b], 4)]).toEqual([1, 0.5, 0.5, 0].map((value) => expect.closeTo(value, 12)))
    expect([...leverages([a, b, both], 4)]).toEqual([1, 0.5, 0.5, 0].map((value) => expect.closeTo(value, 12)))
  })

  it('of a column that differs from another by one digit in one row is that row, of an exact copy it is none', () => {
    const column = Float64Array.from({ length: 442 }, (_, i) => Math.round(1.4 * Math.sin(i + 1) * 2 ** 14) / 2 ** 14)
    const nearly = column.slice()
    nearly[7] = (nearly[7] ?? 0) + 2 ** -14
    expect(leverages([column, nearly], 442)[7]).toBeGreaterThan(0.99)
    expect(leverages([column, column.map((x) => -x)], 442)[7]).toBeCloseTo(leverages([column], 442)[7] ?? 9, 12)
  })

  it('refuses a column that stands for one row, and says which', () => {
    const lonely = spread(60, golden).map((x, i) => (i === 11 ? 1e5 : x))
    const error = refusal(() => prepareTable(table([spread(60, silver), lonely]), manifest(2), 'host'))
    expect(error).toMatchObject({ code: 'slr_leverage', details: { row: 11, column: 'x1' } })
  })

  it('tells of rows between 0.5 and 0.9', () => {
    const heavy = spread(60, golden).map((x, i) => (i === 11 ? 45 : x))
    const { notices } = prepareTable(table([heavy]), manifest(1), 'host')
    expect(notices).toEqual([{ row: 11, leverage: expect.closeTo(0.68, 1) }])
  })

  it('refuses a two-valued column with fewer than ten rows on a side, whatever its values', () => {
    const sided = (rare: number) => Float64Array.from({ length: 80 }, (_, i) => (i < rare ? -4 : 9))
    expect(refusal(() => prepareTable(table([sided(9)]), manifest(1), 'host'))).toMatchObject({ code: 'slr_leverage' })
    expect(refusal(() => prepareTable(table([sided(71)]), manifest(1), 'host'))).toMatchObject({ code: 'slr_leverage' })
    expect(refusal(() => prepareTable(table([sided(10)]), manifest(1), 'host'))).toBeNull()
  })
})
