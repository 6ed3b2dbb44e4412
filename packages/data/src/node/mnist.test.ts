import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { takeRows } from '../dataset.ts'
import { countClasses } from '../description.ts'
import { iris } from '../fixtures/fixtures.node.ts'
import { fitNormaliser } from '../normaliser.ts'
import { loadMnist, loadMnistLabels, requireSha256 } from './mnist.ts'

describe('loadMnist', () => {
  it('has the known digits', async () => {
    const train = await loadMnistLabels({ split: 'train' })
    expect([...train.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    expect(countClasses(train, 10)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    const test = await loadMnistLabels({ split: 'test' })
    expect([...test.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    expect(countClasses(test, 10)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  })

  it('normalises the training pixels to mean 0 and deviation 1', async () => {
    const { features, ...rest } = await loadMnist({ split: 'train' })
    expect(rest).toMatchObject({ featureShape: [28, 28, 1], count: 60_000, classes: 10 })
    const { mean, std } = fitNormaliser({ ...rest, features, featureShape: [1], count: features.length })
    // 0.1307 and 0.3081 are rounded to four digits.
    expect(Math.abs(mean[0] ?? 1)).toBeLessThan(0.0003)
    expect(Math.abs((std[0] ?? 0) - 1)).toBeLessThan(0.0003)
  })

  it('loads some rows as if taken from all, in any order and twice', async () => {
    const all = await loadMnist({ split: 'test' })
    const rows = [9_999, 0, 5_000, 0, 1_337, 1_338, 4_711]
    expect(await loadMnist({ split: 'test', rows })).toEqual(takeRows(all, rows))
    expect((await loadMnist({ split: 'test', rows: [] })).features.length).toBe(0)
    // The darkest pixel of each image is paper, 0 before normalisation.
    expect(Math.min(...all.features.subarray(0, 784))).toBe(Math.fround(-0.1307 / 0.3081))
    for (const row of [10_000, -1, 0.5]) await expect(loadMnist({ split: 'test', rows: [row] })).rejects.toThrow(RangeError)
  })

  it('refuses a file whose bytes are not the known ones', async () => {
    const known = '9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355'
    await requireSha256(iris.path, known)
    await expect(requireSha256(iris.path, known.replace('9', '8'))).rejects.toThrow(/its SHA-256 is 9cc1c345\w+, expected 8cc1/)
    await expect(requireSha256(`${iris.path}.gone`, known)).rejects.toThrow(TributaryError)
  })
})
