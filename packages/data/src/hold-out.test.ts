import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.ts'
import { countClasses } from './description.ts'
import { iris } from './fixtures/fixtures.node.ts'
import { holdOut } from './hold-out.ts'
import { readCsvFile } from './node/table-files.ts'

/** Rows whose only feature is their own number. */
const numbered = (labels: readonly number[], classes: number | null): Dataset => ({
  features: Float32Array.from(labels.keys()),
  featureShape: [1],
  labels: Float32Array.from(labels),
  count: labels.length,
  classes,
})

describe('holdOut', () => {
  it('puts each row in exactly one part and keeps the share of each class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 40, maxLength: 200 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.nat(),
        (labels, fraction, seed) => {
          const { train, test } = holdOut(numbered(labels, 4), fraction, seed)
          expect([...train.features, ...test.features].sort((a, b) => a - b)).toEqual([...labels.keys()])
          const all = countClasses(Float32Array.from(labels), 4)
          const held = countClasses(test.labels, 4)
          for (const [label, n] of all.entries()) {
            expect(held[label]).toBe(Math.max(0, Math.min(Math.round(n * fraction), n - 1)))
          }
          expect([...test.labels]).toEqual([...test.features].map((row) => labels[row]))
        },
      ),
      { seed: 3 },
    )
  })

  it('holds out 10 of each species of iris, the same ones for the same seed', async () => {
    const { dataset } = await readCsvFile(iris.path, iris.schema)
    const { train, test } = holdOut(dataset, 0.2, 3)
    expect(countClasses(test.labels, 3)).toEqual([10, 10, 10])
    expect(countClasses(train.labels, 3)).toEqual([40, 40, 40])
    expect(holdOut(dataset, 0.2, 3).test).toEqual(test)
    expect(holdOut(dataset, 0.2, 4).test).not.toEqual(test)
  })

  it('never holds out the last row of a class', () => {
    const { train, test } = holdOut(numbered([0, 0, 0, 0, 1], 2), 0.6, 1)
    expect([countClasses(train.labels, 2), countClasses(test.labels, 2)]).toEqual([
      [2, 1],
      [2, 0],
    ])
  })

  it('splits regression rows plainly', () => {
    const { train, test } = holdOut(numbered([0.5, 1.5, 2.5, 3.5, 4.5], null), 0.4, 1)
    expect([train.count, test.count]).toEqual([3, 2])
  })

  it('refuses a fraction that is none, or that leaves a part empty', () => {
    for (const fraction of [0, 1, -0.1, Number.NaN]) {
      expect(() => holdOut(numbered([0, 0, 1], 2), fraction, 1)).toThrow(TributaryError)
    }
    expect(() => holdOut(numbered([0, 1, 2], 3), 0.5, 1)).toThrow(/leaves one part empty/)
  })
})
