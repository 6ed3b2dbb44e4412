import type { ModelConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { modelSpecification } from '../specification/index.ts'
import { describeOn } from '../testing/backends.ts'
import { initial, syntheticExamples } from '../testing/examples.ts'
import { evaluate, predict } from './evaluate.ts'

const softmax: ModelConfig = { name: 'softmax', inputShape: [12], outputs: 4 }
const all = ['wasm', 'native', 'cpu'] as const

await describeOn(all, 'evaluation and prediction', (use) => {
  it('agree with each other and do not depend on the batch size', async () => {
    await use()
    const data = syntheticExamples(softmax, 37, 9, 2)
    const parameters = initial(softmax)
    const whole = await evaluate({ model: softmax, parameters, data })
    const parts = await evaluate({ model: softmax, parameters, data, batchSize: 5 })
    expect(parts.loss).toBeCloseTo(whole.loss, 6)
    expect(parts.accuracy).toBe(whole.accuracy)
    const probabilities = await predict({ model: softmax, parameters, data })
    expect(probabilities).toHaveLength(37 * 4)
    const rows = Array.from(data.labels, (label, row) => ({ label, p: [...probabilities.subarray(4 * row, 4 * row + 4)] }))
    for (const { p } of rows) expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    expect(rows.filter(({ label, p }) => p.indexOf(Math.max(...p)) === label).length / 37).toBe(whole.accuracy)
    expect(rows.reduce((sum, { label, p }) => sum - Math.log(p[label] as number), 0) / 37).toBeCloseTo(whole.loss, 5)
  })

  it('count no example right whose outputs are no numbers', async () => {
    await use()
    const logistic: ModelConfig = { name: 'logistic', inputShape: [12], outputs: 1 }
    for (const model of [softmax, logistic]) {
      const data = syntheticExamples(model, 20, 3, 2)
      const parameters = initial(model).map((tensor) => ({ ...tensor, data: tensor.data.map(() => Number.NaN) }))
      expect(await evaluate({ model, parameters, data })).toEqual({ loss: Number.NaN, accuracy: 0, samples: 20 })
    }
  })

  it('give the probability of class 1, or the value', async () => {
    await use()
    const tensors = (model: ModelConfig) =>
      modelSpecification(model)
        .initialise(1)
        .map((tensor) => ({ ...tensor, data: tensor.data.fill(Math.log(3)) }))
    const data = { features: Float32Array.of(0, 1, -2), featureShape: [1], count: 3 }
    const logistic: ModelConfig = { name: 'logistic', inputShape: [1], outputs: 1 }
    const p = await predict({ model: logistic, parameters: tensors(logistic), data })
    for (const [i, expected] of [3 / 4, 9 / 10, 1 / 4].entries()) expect(p[i]).toBeCloseTo(expected, 6)
    const linear: ModelConfig = { ...logistic, name: 'linear' }
    const y = await predict({ model: linear, parameters: tensors(linear), data })
    for (const [i, expected] of [1, 2, -1].entries()) expect(y[i]).toBeCloseTo(expected * Math.log(3), 6)
  })
})
