import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeModel, type ModelConfig, sizeOf, tensorSpecSchema } from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelSpecification } from './index.ts'

const mnist = (name: ModelConfig['name']): ModelConfig => ({ name, inputShape: [28, 28, 1], outputs: 10 })

describe('modelSpecification', () => {
  it.each([
    ['2nn', 199_210, 'McMahan et al. 2017, section 3'],
    ['cnn', 1_663_370, 'McMahan et al. 2017, section 3'],
    ['lenet', 61_706, '156 + 2,416 + 48,120 + 10,164 + 850'],
    ['softmax', 7_850, '785 · 10'],
  ] satisfies [ModelConfig['name'], number, string][])('%s has %i parameters on MNIST (%s)', (name, count, _source) => {
    expect(modelSpecification(mnist(name)).parameterCount).toBe(count)
  })

  it('names the tensors of the CNN by layer, with their shapes', () => {
    expect(modelSpecification(mnist('cnn')).tensors.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'conv1/kernel 5x5x1x32',
      'conv1/bias 32',
      'conv2/kernel 5x5x32x64',
      'conv2/bias 64',
      'dense1/kernel 3136x512',
      'dense1/bias 512',
      'dense2/kernel 512x10',
      'dense2/bias 10',
    ])
  })

  it('takes LeNet-5 on 32 × 32 × 3 and a perceptron for tables', () => {
    expect(modelSpecification({ name: 'lenet', inputShape: [32, 32, 3], outputs: 10 }).tensors[4]?.shape).toEqual([576, 120])
    const mlp = modelSpecification({ name: 'mlp', inputShape: [8], outputs: 1, hidden: [16, 4] })
    expect(mlp.tensors.map(({ shape }) => shape)).toEqual([[8, 16], [16], [16, 4], [4], [4, 1], [1]])
    expect(mlp.task).toBe('regression')
  })

  it('knows the task', () => {
    const task = (name: ModelConfig['name'], outputs: number, hidden?: number[]) =>
      modelSpecification({ name, inputShape: [4], outputs, ...(hidden ? { hidden } : {}) }).task
    expect(task('logistic', 1)).toBe('binary')
    expect(task('linear', 1)).toBe('regression')
    expect(task('softmax', 3)).toBe('classification')
    expect(task('mlp', 2, [3])).toBe('classification')
  })

  it.each([
    [{ name: 'softmax', inputShape: [784], outputs: 1 }, 'model.outputs'],
    [{ name: 'logistic', inputShape: [4], outputs: 2 }, 'model.outputs'],
    [{ name: 'linear', inputShape: [4], outputs: 3 }, 'model.outputs'],
    [{ name: 'mlp', inputShape: [4], outputs: 3 }, 'model.hidden'],
    [{ name: 'mlp', inputShape: [4], outputs: 3, hidden: [] }, 'model.hidden'],
    [{ name: 'softmax', inputShape: [4], outputs: 3, hidden: [5] }, 'model.hidden'],
    [{ name: 'cnn', inputShape: [784], outputs: 10 }, 'model.inputShape'],
    [{ name: 'cnn', inputShape: [3, 28, 1], outputs: 10 }, 'model.inputShape'],
    [{ name: 'lenet', inputShape: [28, 11, 1], outputs: 10 }, 'model.inputShape'],
    [{ name: 'mlp', inputShape: [1_000_000], outputs: 2, hidden: [100_000] }, 'model'],
  ] satisfies [ModelConfig, string][])('refuses %j by the setting %s', (config, setting) => {
    expect(() => modelSpecification(config)).toThrow(
      expect.objectContaining({ code: 'config_invalid', details: expect.objectContaining({ setting }) }),
    )
  })

  it('gives tensors that the protocol takes, for any sizes it does not refuse', () => {
    const size = fc.integer({ min: 1, max: 40 })
    const config = fc.record({
      name: fc.constantFrom('softmax', '2nn', 'cnn', 'lenet', 'mlp' as const),
      inputShape: fc.tuple(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 12, max: 40 }), fc.integer({ min: 1, max: 3 })),
      outputs: fc.integer({ min: 2, max: 20 }),
      hidden: fc.array(size, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(config, ({ hidden, ...rest }) => {
        const specification = modelSpecification(rest.name === 'mlp' ? { ...rest, hidden } : rest)
        for (const tensor of specification.tensors) tensorSpecSchema.parse(tensor)
        const names = specification.tensors.map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
        expect(specification.parameterCount).toBe(specification.tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0))
      }),
      { seed: 1 },
    )
  })
})

describe('initialise', () => {
  it('fills kernels uniformly within Glorot’s limit and biases with zero', () => {
    for (const { name, shape, data } of modelSpecification(mnist('cnn')).initialise(7)) {
      if (name.endsWith('/bias')) {
        expect(data.every((value) => value === 0)).toBe(true)
        continue
      }
      const [height, width] = shape.length === 4 ? shape : [1, 1]
      const limit = Math.sqrt(
        6 / ((height as number) * (width as number) * ((shape.at(-2) as number) + (shape.at(-1) as number))),
      )
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length - mean * mean
      expect(data.every((value) => Math.abs(value) <= Math.fround(limit))).toBe(true)
      // Four standard errors of a uniform variable's mean and variance.
      expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * data.length))
      expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / data.length))
    }
  })

  it('depends on the seed alone, and on it wholly', () => {
    const { initialise } = modelSpecification(mnist('softmax'))
    expect(initialise(5)).toEqual(initialise(5))
    expect(initialise(5)).not.toEqual(initialise(6))
    expect(initialise(2 ** 32 - 1)).not.toEqual(initialise(0))
  })

  it.each([1, 7, 1_000, 2 ** 20])('gives the same values in pieces of %i', (most) => {
    const { initialise, initialPieces } = modelSpecification({ name: 'mlp', inputShape: [11], hidden: [7, 3], outputs: 2 })
    const whole = initialise(5).flatMap(({ data }) => [...data])
    const pieces = [...initialPieces(5, most)].map(({ length }) => length)
    expect(pieces.slice(0, -1).every((length) => length === most)).toBe(true)
    const values: number[] = []
    for (const piece of initialPieces(5, most)) values.push(...piece)
    expect(values).toEqual(whole)
  })

  it('draws from the Mersenne Twister', () => {
    // The first output of MT19937 for the seed 5489 is 3499211612 (the C++ standard's mt19937); its low 24 bits are the fraction.
    const [kernel] = modelSpecification({ name: 'linear', inputShape: [5], outputs: 1 }).initialise(5489)
    expect(kernel?.data[0]).toBe(Math.fround(((2 * (3_499_211_612 % 2 ** 24)) / 2 ** 24 - 1) * Math.sqrt(6 / (5 + 1))))
  })

  it('keeps its bytes from version to version', () => {
    const { sha256, bytes } = encodeModel(modelSpecification(mnist('lenet')).initialise(1))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    expect(sha256).toBe('0f059634c2919fdbf627dbd682a6b35a7f8cd5b2e251a9fb5dae4e7be9fda303')
  })
})

it('the specification loads without TensorFlow', () => {
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  expect(sources.length).toBeGreaterThan(3)
  for (const name of sources) {
    const imports = [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from)
    for (const from of imports) expect(from).toMatch(/^(\.\/|@tributary\/protocol$|pure-rand\/)/)
  }
})
