import type { ModelConfig, TrainingConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { evaluate } from '../evaluation/evaluate.ts'
import type { Examples } from '../examples.ts'
import { describeOn } from '../testing/backends.ts'
import { initial, run, syntheticExamples, trainingConfig } from '../testing/examples.ts'

const lenet: ModelConfig = { name: 'lenet', inputShape: [28, 28, 1], outputs: 10 }

await describeOn(['wasm', 'native'], 'learning', (use) => {
  it.each<[ModelConfig, Partial<TrainingConfig>, number]>([
    // Chance is 0.1; few examples for a net that must find out what a shift is.
    [lenet, { epochs: 2, learningRate: 0.05 }, 0.7],
    [{ name: '2nn', inputShape: [28, 28, 1], outputs: 10 }, { epochs: 2, learningRate: 0.05 }, 0.9],
    [{ name: 'logistic', inputShape: [10], outputs: 1 }, { optimiser: 'momentum' }, 0.9],
    [{ name: 'mlp', inputShape: [10], outputs: 3, hidden: [16] }, { optimiser: 'adam', learningRate: 0.01 }, 0.9],
  ])('$name tells classes of unseen examples apart', async (model, changes, accuracy) => {
    await use()
    const everything = syntheticExamples(model, 1000, 5, 1)
    const size = everything.features.length / everything.count
    const part = (from: number, to: number): Examples => ({
      ...everything,
      features: everything.features.subarray(from * size, to * size),
      labels: everything.labels.subarray(from, to),
      count: to - from,
    })
    const test = part(800, 1000)
    const before = await evaluate({ model, parameters: initial(model), data: test })
    const { tensors } = await run({
      model,
      parameters: initial(model),
      data: part(0, 800),
      training: trainingConfig(changes),
      form: 'parameters',
      seed: 1,
    })
    const after = await evaluate({ model, parameters: tensors, data: test })
    expect(after.accuracy).toBeGreaterThan(accuracy)
    expect(after.accuracy as number).toBeGreaterThan(before.accuracy as number)
    expect(after.loss).toBeLessThan(before.loss)
  })

  it('linear regression finds the plane', async () => {
    await use()
    const model: ModelConfig = { name: 'linear', inputShape: [4], outputs: 1 }
    const { tensors } = await run({
      model,
      parameters: initial(model),
      data: syntheticExamples(model, 400, 5),
      training: trainingConfig({ epochs: 5 }),
      form: 'parameters',
      seed: 1,
    })
    const result = await evaluate({ model, parameters: tensors, data: syntheticExamples(model, 400, 5) })
    // Noise uniform in ±0.1 has the variance 0.01 / 3.
    expect(result.meanSquaredError).toBeLessThan(0.005)
    expect(result).toMatchObject({ accuracy: null, loss: result.meanSquaredError, samples: 400 })
  })
})
