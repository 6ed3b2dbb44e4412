import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { type Dataset, takeRows } from './dataset.ts'
import { countClasses, describeDataset, rowsOfClasses } from './description.ts'

const four: Dataset = {
  features: Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31),
  featureShape: [2, 1],
  labels: Float32Array.of(2, 0, 2, 1),
  count: 4,
  classes: 3,
}

describe('takeRows', () => {
  it('copies rows in the order given, twice if asked', () => {
    const taken = takeRows(four, [3, 0, 3])
    expect(taken).toEqual({
      ...four,
      features: Float32Array.of(30, 31, 0, 1, 30, 31),
      labels: Float32Array.of(1, 2, 1),
      count: 3,
    })
    taken.features[0] = 99
    expect(four.features[6]).toBe(30)
    expect(takeRows(four, Uint32Array.of()).count).toBe(0)
  })

  it('refuses a row that does not exist', () => {
    for (const row of [4, -1, 0.5]) expect(() => takeRows(four, [row])).toThrow(RangeError)
  })
})

describe('describeDataset', () => {
  it('counts the rows of each class', () => {
    expect(describeDataset(four)).toEqual({ count: 4, featureShape: [2, 1], classes: 3, rowsPerClass: [1, 1, 2], target: null })
    expect(countClasses(four.labels, 3, Uint32Array.of(0, 2))).toEqual([0, 0, 2])
    expect(rowsOfClasses(four.labels, 3).map((rows) => [...rows])).toEqual([[1], [3], [0, 2]])
  })

  it('gives the spread of a regression target, and none without labels', () => {
    const target = describeDataset({ ...four, classes: null }).target
    expect(target).toEqual({ minimum: 0, maximum: 2, mean: 1.25, std: Math.sqrt(0.6875) })
    expect(describeDataset({ ...four, classes: null, labels: new Float32Array(4).fill(Number.NaN) }).target).toBeNull()
  })

  it('refuses labels that are no classes', () => {
    for (const labels of [Float32Array.of(3), Float32Array.of(0.5), Float32Array.of(-1), Float32Array.of(Number.NaN)]) {
      expect(() => countClasses(labels, 3)).toThrow(TributaryError)
    }
  })
})
