import { TributaryError } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.ts'
import { diabetes, iris } from './fixtures/fixtures.node.ts'
import { readCsvFile } from './node/table-files.ts'
import { applyNormaliser, fitNormaliser, fixedNormaliser, normaliserSchema } from './normaliser.ts'

const column = (values: readonly number[]): Dataset => ({
  features: Float32Array.from(values),
  featureShape: [1],
  labels: new Float32Array(values.length),
  count: values.length,
  classes: null,
})

describe('fitNormaliser', () => {
  it('finds the means and deviations of iris and diabetes that Python gives (statistics.fmean, pstdev)', async () => {
    const { mean, std } = fitNormaliser((await readCsvFile(iris.path, iris.schema)).dataset)
    const close = (found: readonly number[], truth: readonly number[]) => {
      expect(found).toHaveLength(truth.length)
      for (const [i, value] of truth.entries()) expect(Math.abs((found[i] ?? 0) / value - 1)).toBeLessThan(1e-6)
    }
    close(mean, [5.843333333333334, 3.0573333333333337, 3.7580000000000005, 1.1993333333333334])
    close(std, [0.8253012917851409, 0.43441096773549454, 1.759404065775303, 0.7596926279021594])
    const second = fitNormaliser((await readCsvFile(diabetes.path, diabetes.schema)).dataset)
    // Sex is 1 or 2 with mean 1.4683: a share of 0.5317 and 0.4683.
    close(second.mean.slice(0, 4), [48.51809954751131, 2 - 1.4683257918552035, 1.4683257918552035 - 1, 26.37579185520362])
    close(second.std.slice(-2), [0.5217992869003063, 11.48332247173548])
  })

  it('leaves mean 0 and deviation 1, and 0 in constant columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 50 }),
        (values) => {
          const dataset = column(values)
          const { features } = applyNormaliser(dataset, fitNormaliser(dataset))
          expect(features.every(Number.isFinite)).toBe(true)
          if (new Set(dataset.features).size === 1) expect([...features].every((value) => value === 0)).toBe(true)
          const deviation = Math.max(...values) - Math.min(...values)
          // Below this spread the 32 bits of the values themselves are the limit.
          if (deviation > 1) {
            const again = fitNormaliser({ ...dataset, features })
            expect(again.mean[0]).toBeCloseTo(0, 4)
            expect(again.std[0]).toBeCloseTo(1, 4)
          }
        },
      ),
      { seed: 2 },
    )
    expect(fitNormaliser(column([0.1, 0.1, 0.1])).std).toEqual([1])
  })

  it('is stable far from 0', () => {
    const { mean, std } = fitNormaliser(column([16_777_212, 16_777_214, 16_777_216]))
    expect([mean[0], std[0]]).toEqual([16_777_214, Math.sqrt(8 / 3)])
  })

  it('refuses no rows and values that are not finite', () => {
    expect(() => fitNormaliser(column([]))).toThrow(TributaryError)
    expect(() => fitNormaliser(column([1, Number.NaN]))).toThrow(TributaryError)
    expect(() => fitNormaliser(column([1, Number.POSITIVE_INFINITY]))).toThrow(TributaryError)
  })
})

describe('applyNormaliser', () => {
  const image: Dataset = { ...column([0, 0.5, 1, 0.25]), featureShape: [2, 2], count: 1, labels: Float32Array.of(3) }

  it('takes one mean and deviation for all pixels, and copies', () => {
    const normalised = applyNormaliser(image, fixedNormaliser(0.5, 0.25))
    expect([...normalised.features]).toEqual([-2, 0, 2, -1])
    expect(image.features[0]).toBe(0)
  })

  it('survives JSON', () => {
    const fitted = fitNormaliser(column([1, 2, 4]))
    expect(normaliserSchema.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted)
  })

  it('refuses another number of features and a deviation that is not positive', () => {
    expect(() => applyNormaliser(image, { mean: [0, 0], std: [1, 1] })).toThrow(/fitted to 2 features, the rows have 4/)
    expect(() => fixedNormaliser(0, 0)).toThrow(TributaryError)
    expect(() => applyNormaliser(image, { mean: [0], std: [1, 1] })).toThrow(TributaryError)
  })
})
