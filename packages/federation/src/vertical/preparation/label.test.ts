import { verticalSettingsSchema } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { norm } from '../arithmetic/fixed-point.ts'
import { type Contributors, normBudget } from '../optimisers/budget.ts'
import { prepareLabel } from './label.ts'

const settings = verticalSettingsSchema.parse({})

/** Length of a linear run's label in parts of what step 0 allows. */
function share(raw: Float64Array, fu: number, root: Float64Array | null = null): number {
  const { label } = prepareLabel(raw, { ...settings, fixedPoint: { fx: 14, fu } }, root)
  const others: Contributors = { rows: raw.length, parties: 2, labelPartyHasColumns: true, logistic: false }
  return norm(label) / normBudget(others, 'pcg', { step: 0, closing: false })
}

const sided = (rows: number, rare: number, low = 0, high = 1) =>
  Float64Array.from({ length: rows }, (_, i) => (i < rare ? high : low))

describe('the label at few digits', () => {
  it('of two values keeps within its budget from 9 binary digits of predictions on', () => {
    const fractions = fc.double({ min: 0, max: 1, noNaN: true })
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 2_000 }),
        fractions,
        value,
        value,
        fc.integer({ min: 9, max: 26 }),
        (rows, at, a, b, fu) => {
          fc.pre(Math.abs(a - b) > 1e-3)
          expect(share(sided(rows, 1 + Math.floor(at * (rows - 2)), a, b), fu)).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 300, seed: 1 },
    )
    // Every share of ones of a table.
    for (let rare = 1; rare < 1_000; rare += 1) expect(share(sided(1_000, rare), 9)).toBeLessThanOrEqual(1)
  })

  it('at 8 may be longer, so that an honest table would fail in step 0', () => {
    const shares = Array.from({ length: 999 }, (_, i) => share(sided(1_000, i + 1), 8))
    expect(Math.max(...shares)).toBeGreaterThan(1)
    expect(verticalSettingsSchema.safeParse({ fixedPoint: { fx: 14, fu: 8 } }).success).toBe(false)
    expect(verticalSettingsSchema.safeParse({ fixedPoint: { fx: 14, fu: 9 } }).success).toBe(true)
  })
})
