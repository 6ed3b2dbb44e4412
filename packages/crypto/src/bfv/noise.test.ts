import { describe, expect, it } from 'vitest'
import { createContext } from './context.ts'
import { estimateNoise } from './noise-estimate.ts'
import { noiseBudget, schemeOver } from './testing/inspection.ts'
import { noiseStages, unswitched } from './testing/noise-stages.ts'
import { parametersFor, seededVector } from './testing/tables.ts'
import { noFlood } from './testing/weak-blindings.ts'

// The specification's table at its ends; `testing/bench.ts` prints all its rows.
describe('noise budgets, measured with the secret key', () => {
  it.each([
    [1_000, 28, { sum: 131, products: 86, flooded: 43, sent: 12 }],
    [16_000, 28, { sum: 127, products: 78, flooded: 31, sent: 8 }],
    [1_000_000, 28, { sum: 121, products: 66, flooded: 13, sent: 13 }],
    [65_000, 42, { sum: 206, products: 139, flooded: 76, sent: 42 }],
  ])('%i rows, %i digits: as specified within 2 bits, and not below the estimate', async (rows, digits, specified) => {
    const he = parametersFor({ rows, fx: digits - 22, fu: 22 })
    const bfv = await createContext(he)
    const stages = noiseStages(bfv, he)
    bfv[Symbol.dispose]()
    const noise = { plainBits: he.plainModulusBits, primeBits: he.primeBits, chunks: 4, summands: 3 }
    const estimate = estimateNoise(noise)
    const { sum, products, flooded, sent } = stages
    for (const [name, bits] of Object.entries(specified)) {
      const measured = stages[name as keyof typeof stages]
      expect(Math.abs(measured - bits), `${name}: ${measured}`).toBeLessThanOrEqual(2)
    }
    // One bit for the tail of the fresh noise: see `estimateNoise`.
    expect(sum).toBeGreaterThanOrEqual(estimate.fresh - 1)
    expect(products).toBeGreaterThanOrEqual(estimate.products)
    expect(flooded).toBeGreaterThanOrEqual(estimate.flooded)
    expect(sent).toBeGreaterThanOrEqual(estimate.opening(he.openingPrimes))
    expect(sent).toBeGreaterThanOrEqual(4)
    expect(products - flooded).toBeGreaterThanOrEqual(40)
  })
})

it('does not tell a constant column from a dense one', async () => {
  const he = parametersFor()
  const bfv = await createContext(he)
  const rows = he.ringDegree
  const columns = [new BigInt64Array(rows).fill(1n), seededVector(2, rows, 20)]
  /** Mean budgets of openings of the two columns. */
  const budgets = (context: typeof bfv, blinding?: typeof noFlood) => {
    const scheme = schemeOver(context, he, rows, blinding)
    const { publicKeys, secretKeys } = scheme.newKeys()
    const d = scheme.encrypt(seededVector(1, rows, 20), publicKeys)
    const sums = [0, 0]
    for (let i = 0; i < 4; i += 1)
      scheme.request(d, columns, publicKeys).ciphertexts.forEach((bytes, column) => {
        sums[column] = (sums[column] as number) + noiseBudget(context, bytes, secretKeys[0] as Uint8Array, 'opening') / 4
      })
    scheme[Symbol.dispose]()
    return sums as [number, number]
  }
  const apart = ([constant, dense]: [number, number]) => Math.abs(constant - dense)
  // The test can tell: without the flood the column of ones leaves the noise of d as it was.
  expect(apart(budgets(unswitched(bfv), noFlood))).toBeGreaterThan(20)
  expect(apart(budgets(unswitched(bfv)))).toBeLessThanOrEqual(1)
  expect(apart(budgets(bfv))).toBeLessThanOrEqual(1)
  bfv[Symbol.dispose]()
})
