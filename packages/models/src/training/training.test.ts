import type { ModelConfig } from '@tributary/protocol'
import { expect, it } from 'vitest'
import type { Examples } from '../examples.ts'
import { describeOn } from '../testing/backends.ts'
import { initial, largestDifference, run, syntheticExamples, trainingConfig } from '../testing/examples.ts'
import { softmaxRegression } from '../testing/softmax-regression.ts'

const softmax: ModelConfig = { name: 'softmax', inputShape: [12], outputs: 4 }
const all = ['wasm', 'native', 'cpu'] as const

await describeOn(all, 'softmax regression equals its float64 implementation', (use) => {
  const data = syntheticExamples(softmax, 53, 1)

  it.each(['sgd', 'momentum', 'adam'] as const)('%s, eight full-batch steps, within 1e-6', async (optimiser) => {
    await use()
    const training = trainingConfig({ epochs: 8, batchSize: null, optimiser, learningRate: optimiser === 'adam' ? 0.01 : 0.2 })
    const { tensors, loss, samples } = await run({
      model: softmax,
      parameters: initial(softmax),
      data,
      training,
      form: 'parameters',
      seed: 1,
    })
    const expected = softmaxRegression(initial(softmax), data, training)
    expect(largestDifference(tensors, expected.tensors)).toBeLessThan(1e-6)
    expect(loss).toBeCloseTo(expected.loss, 6)
    expect(samples).toBe(53)
  })

  it('the gradients form is the gradient at the given parameters', async () => {
    await use()
    const { tensors, loss } = await run({
      model: softmax,
      parameters: initial(softmax),
      data,
      training: trainingConfig({ epochs: 9 }),
      form: 'gradients',
      seed: 1,
    })
    const step = softmaxRegression(initial(softmax), data, trainingConfig({ batchSize: null, learningRate: 1 }))
    const gradient = initial(softmax).map(({ data: w }, i) => ({
      data: w.map((value, k) => value - (step.tensors[i]?.data[k] as number)),
    }))
    expect(largestDifference(tensors, gradient)).toBeLessThan(1e-6)
    expect(loss).toBeCloseTo(step.loss, 6)
  })
})

await describeOn(all, 'a batch taken in parts', (use) => {
  it('has the same gradient and loss as at once', async () => {
    await use()
    // More rows than go through the model at once, in three parts of unequal length.
    const count = 2 * 4096 + 1000
    const data = syntheticExamples(softmax, count, 1)
    const training = trainingConfig({ batchSize: null, learningRate: 0.5 })
    const { tensors, loss } = await run({
      model: softmax,
      parameters: initial(softmax),
      data,
      training,
      form: 'parameters',
      seed: 1,
    })
    const expected = softmaxRegression(initial(softmax), data, training)
    expect(largestDifference(tensors, expected.tensors)).toBeLessThan(1e-6)
    expect(loss).toBeCloseTo(expected.loss, 6)
  })
})

await describeOn(all, 'minibatches', (use) => {
  it('keep the last, smaller batch, use each example once an epoch, and shuffle by the seed', async () => {
    await use()
    // On one weight from 0, each step of y = w x with the learning rate ½ towards targets 2ᵏ and x = 1 leaves a trace of its order.
    const model: ModelConfig = { name: 'linear', inputShape: [1], outputs: 1 }
    const data: Examples = {
      features: new Float32Array(5),
      featureShape: [1],
      labels: Float32Array.of(1, 2, 4, 8, 16),
      count: 5,
      classes: null,
    }
    const zero = initial(model).map((tensor) => ({ ...tensor, data: new Float32Array(1) }))
    // With x = 0 only the bias learns: b ← b − η 2 (b − mean of the batch).
    const bias = async (seed: number, epochs: number, batchSize: number) => {
      const result = await run({
        model,
        parameters: zero,
        data,
        training: trainingConfig({ epochs, batchSize, learningRate: 0.25 }),
        form: 'parameters',
        seed,
      })
      expect(result.progress.at(-1)).toMatchObject({
        epoch: epochs,
        epochs,
        samples: 5 * epochs,
        batch: Math.ceil(5 / batchSize),
        batches: Math.ceil(5 / batchSize),
      })
      return result.tensors[1]?.data[0] as number
    }
    const halves = (batches: number[][]) =>
      batches.reduce((b, batch) => (b + batch.reduce((sum, y) => sum + y, 0) / batch.length) / 2, 0)
    const permutations = (values: number[]): number[][] =>
      values.length < 2
        ? [values]
        : values.flatMap((value) => permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]))
    const possible = new Set(
      permutations([1, 2, 4, 8, 16]).map((order) => halves([order.slice(0, 2), order.slice(2, 4), order.slice(4)])),
    )
    const seen = new Set<number>()
    for (let seed = 0; seed < 12; seed += 1) {
      const value = await bias(seed, 1, 2)
      expect(possible.has(value), `${value}`).toBe(true)
      expect(await bias(seed, 1, 2)).toBe(value)
      seen.add(value)
    }
    expect(seen.size).toBeGreaterThan(6)
    // A second epoch in the same order would give b + b/2⁵ with batches of one.
    const [one, two] = [await bias(1, 1, 1), await bias(1, 2, 1)]
    expect(two).not.toBe(one + one / 32)
  })
})
