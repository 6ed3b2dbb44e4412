import { describe, expect, it } from 'vitest'
import { gradientByOutputs, lossOf } from './losses.ts'

const floats = (...values: number[]) => Float32Array.from(values)

describe('losses', () => {
  it('softmax cross-entropy of classes that stand 3 : 1, and where e^z overflows', () => {
    const loss = lossOf('classification')
    expect(loss.sum(floats(0, Math.log(3)), floats(0), 2)).toBeCloseTo(Math.log(4), 6)
    expect(loss.sum(floats(0, 0, 0, 5, 5, 5), floats(2, 1), 3)).toBeCloseTo(2 * Math.log(3), 12)
    expect(loss.sum(floats(1000, 0), floats(1), 2)).toBe(1000)
    expect(loss.sum(floats(1000, 0), floats(0), 2)).toBe(0)
    expect(loss.sum(floats(Number.NaN, 0), floats(0), 2)).toBeNaN()
  })

  it('sigmoid cross-entropy, also far from 0', () => {
    const loss = lossOf('binary')
    expect(loss.sum(floats(0, 0), floats(0, 1), 1)).toBeCloseTo(2 * Math.log(2), 12)
    expect(loss.sum(floats(Math.log(3)), floats(0), 1)).toBeCloseTo(Math.log(4), 6)
    expect(loss.sum(floats(-800, 800), floats(1, 0), 1)).toBe(1600)
    expect(loss.sum(floats(-800, 800), floats(0, 1), 1)).toBe(0)
  })

  it('squared error, without ½', () => {
    expect(lossOf('regression').sum(floats(1, 4), floats(3, 1), 1)).toBe(13)
  })

  it('gradients by the outputs, over the size of the whole batch', () => {
    const probabilities = floats(0.25, 0.75, 0.5, 0.5)
    gradientByOutputs(lossOf('classification'), probabilities, floats(0, 1), 2, 8)
    expect([...probabilities]).toEqual([-0.75 / 8, 0.75 / 8, 0.5 / 8, -0.5 / 8])
    const predictions = floats(1, 4)
    gradientByOutputs(lossOf('regression'), predictions, floats(3, 1), 1, 4)
    expect([...predictions]).toEqual([-1, 1.5])
  })
})
