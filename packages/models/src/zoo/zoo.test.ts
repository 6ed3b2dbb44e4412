import * as tf from '@tensorflow/tfjs-core'
import type { ModelConfig, NamedTensor } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { evaluate } from '../evaluation/evaluate.ts'
import { modelSpecification } from '../specification/index.ts'
import { describeOn } from '../testing/backends.ts'
import { run, syntheticExamples, uniform } from '../testing/examples.ts'
import { forwardOf } from './forward.ts'

const models: readonly ModelConfig[] = [
  { name: 'softmax', inputShape: [6], outputs: 4 },
  { name: 'logistic', inputShape: [6], outputs: 1 },
  { name: 'linear', inputShape: [6], outputs: 1 },
  { name: 'mlp', inputShape: [6], outputs: 3, hidden: [7, 5] },
  { name: 'mlp', inputShape: [6], outputs: 1, hidden: [7] },
  { name: '2nn', inputShape: [6], outputs: 4 },
  { name: 'lenet', inputShape: [12, 13, 2], outputs: 3 },
  { name: 'cnn', inputShape: [6, 5, 2], outputs: 3 },
]
const training = { epochs: 1, batchSize: null, optimiser: 'sgd', learningRate: 0.1 } as const
const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

// The cpu backend is slow at convolutions; training.test.ts holds it against the others.
await describeOn(['wasm', 'native'], 'each model of the zoo', (use) => {
  it.each(models)('has the gradient that finite differences give: $name, $outputs outputs', async (model) => {
    await use()
    // Many examples, as the kinks of ReLU and max pooling then even out.
    const data = syntheticExamples(model, 96, 3)
    const random = uniform(11)
    const parameters = modelSpecification(model)
      .initialise(4)
      // Biases of zero would hide what they are multiplied by.
      .map((tensor) => ({ ...tensor, data: tensor.data.map((value) => value + 0.05 * random()) }))
    const { tensors: gradient, loss } = await run({ model, parameters, data, training, form: 'gradients', seed: 1 })
    expect((await evaluate({ model, parameters, data })).loss).toBeCloseTo(loss, 5)
    // Each tensor by itself, so that a large gradient cannot hide a wrong small one; along the gradient plus noise, as a random
    // direction alone is nearly orthogonal to it and lost in float32.
    for (const [index, { name, data: g }] of gradient.entries()) {
      const noise = g.map(random)
      const [slopeNorm, noiseNorm] = [norm(g), norm(noise)]
      const direction = g.map((value, i) => value / slopeNorm + (0.5 * (noise[i] as number)) / noiseNorm)
      const h = 2e-3
      const at = async (step: number) => {
        const moved = parameters.map((tensor, i) =>
          i === index ? { ...tensor, data: tensor.data.map((value, k) => value + step * (direction[k] as number)) } : tensor,
        )
        return (await evaluate({ model, parameters: moved, data })).loss
      }
      const difference = ((await at(h)) - (await at(-h))) / (2 * h)
      const slope = g.reduce((sum, value, i) => sum + value * (direction[i] as number), 0)
      expect(norm(g), name).toBeGreaterThan(0)
      expect(Math.abs(difference - slope), `${name}: ${difference} and ${slope}`).toBeLessThan(0.02 * Math.abs(slope) + 2e-4)
    }
  })

  it('rejects nothing silently: a missing parameter is an error', async () => {
    await use()
    const forward = forwardOf({ name: 'softmax', inputShape: [2], outputs: 2 })
    expect(() => tf.tidy(() => forward({}, tf.zeros([1, 2])))).toThrow('dense1/kernel')
  })
})

/** LeNet by its definition in plain float64 loops, for one example. */
function lenetByLoops(parameters: readonly NamedTensor[], image: Float32Array): number[] {
  const of = (name: string) => (parameters.find((tensor) => tensor.name === name) as NamedTensor).data
  const convolve = (x: number[][][], name: string, padding: number, outputs: number) => {
    const [kernel, bias, inputs] = [of(`${name}/kernel`), of(`${name}/bias`), (x[0] as number[][])[0]?.length ?? 0]
    const side = x.length + 2 * padding - 4
    return Array.from({ length: side }, (_, row) =>
      Array.from({ length: side }, (_, column) =>
        Array.from({ length: outputs }, (_, o) => {
          let sum = bias[o] as number
          for (let i = 0; i < 5; i += 1)
            for (let j = 0; j < 5; j += 1)
              for (let c = 0; c < inputs; c += 1)
                sum +=
                  (x[row + i - padding]?.[column + j - padding]?.[c] ?? 0) *
                  (kernel[((i * 5 + j) * inputs + c) * outputs + o] as number)
          return Math.max(0, sum)
        }),
      ),
    )
  }
  const pool = (x: number[][][]) =>
    Array.from({ length: x.length >> 1 }, (_, row) =>
      Array.from({ length: x.length >> 1 }, (_, column) =>
        (x[0] as number[][])
          .slice(0, 1)
          .flat()
          .map((_, c) => Math.max(...[0, 1].flatMap((i) => [0, 1].map((j) => x[2 * row + i]?.[2 * column + j]?.[c] as number)))),
      ),
    )
  const dense = (x: number[], name: string) => {
    const [kernel, bias] = [of(`${name}/kernel`), of(`${name}/bias`)]
    return Array.from(bias, (b, o) => x.reduce((sum, value, i) => sum + value * (kernel[i * bias.length + o] as number), b))
  }
  const relu = (x: number[]) => x.map((value) => Math.max(0, value))
  const x = Array.from({ length: 28 }, (_, row) =>
    Array.from({ length: 28 }, (_, column) => [image[row * 28 + column] as number]),
  )
  const flat = pool(convolve(pool(convolve(x, 'conv1', 2, 6)), 'conv2', 0, 16)).flat(2)
  return dense(relu(dense(relu(dense(flat, 'dense1')), 'dense2')), 'dense3')
}

await describeOn(['wasm', 'native', 'cpu'], 'LeNet', (use) => {
  it('computes what its definition says', async () => {
    await use()
    const model: ModelConfig = { name: 'lenet', inputShape: [28, 28, 1], outputs: 10 }
    const { features } = syntheticExamples(model, 1, 5)
    const parameters = modelSpecification(model).initialise(2)
    const outputs = tf.tidy(() => {
      const named = Object.fromEntries(parameters.map(({ name, shape, data }) => [name, tf.tensor(data, [...shape])]))
      return forwardOf(model)(named, tf.tensor4d(features, [1, 28, 28, 1])).dataSync()
    })
    const expected = lenetByLoops(parameters, features)
    for (const [i, value] of expected.entries()) expect(outputs[i]).toBeCloseTo(value, 5)
  })
})
