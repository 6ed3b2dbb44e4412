import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { describeOn, useBackend } from '../../testing/backends.ts'
import { uniform } from '../../testing/examples.ts'

type Inputs = Record<string, { shape: number[]; data: Float32Array }>

const filled = (shape: number[], random: () => number) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random),
})

/** Runs a kernel on a backend; inputs must be alive and unchanged after it, and nothing else may stay. */
function runKernel(name: string, inputs: Inputs, attrs: object): { shape: number[]; data: Float32Array } {
  const before = tf.memory().numTensors
  const tensors = Object.fromEntries(Object.entries(inputs).map(([key, { shape, data }]) => [key, tf.tensor(data, shape)]))
  const out = tf.engine().runKernel(name, tensors, attrs as tf.NamedAttrMap) as tf.Tensor
  const result = { shape: out.shape, data: new Float32Array(out.dataSync<'float32'>()) }
  for (const [key, tensor] of Object.entries(tensors))
    expect(tensor.dataSync()).toEqual((inputs[key] as { data: Float32Array }).data)
  tf.dispose([out, tensors])
  expect(tf.memory().numTensors).toBe(before)
  return result
}

async function agree(name: string, inputs: Inputs, attrs: object): Promise<void> {
  await useBackend('cpu')
  const expected = runKernel(name, inputs, attrs)
  await useBackend('wasm')
  const heap = tf.engine().backend.numDataIds()
  const actual = runKernel(name, inputs, attrs)
  expect(tf.engine().backend.numDataIds()).toBe(heap)
  expect(actual.shape).toEqual(expected.shape)
  // Relative to the largest value: sums of a hundred products of float32.
  const scale = Math.max(1, ...expected.data.map(Math.abs))
  const difference = Math.max(0, ...expected.data.map((value, i) => Math.abs(value - (actual.data[i] as number))))
  expect(difference / scale).toBeLessThan(1e-5)
}

const small = (max: number) => fc.integer({ min: 1, max })
/** A window, its strides and its padding over images that it fits into. */
const windows = fc
  .record({
    batch: small(3),
    height: small(9),
    width: small(9),
    inputs: small(4),
    outputs: small(4),
    windowHeight: small(5),
    windowWidth: small(5),
    strides: fc.tuple(small(3), small(3)),
    pad: fc.constantFrom('same', 'valid' as const),
    seed: fc.nat(),
  })
  .filter(
    ({ pad, height, width, windowHeight, windowWidth }) => pad === 'same' || (windowHeight <= height && windowWidth <= width),
  )

type Window = typeof windows extends fc.Arbitrary<infer T> ? T : never

const convolutionOf = ({ batch, height, width, inputs, outputs, windowHeight, windowWidth, strides, pad, seed }: Window) => {
  const inputShape: [number, number, number, number] = [batch, height, width, inputs]
  const filterShape: [number, number, number, number] = [windowHeight, windowWidth, inputs, outputs]
  const { outShape } = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad)
  const random = uniform(seed)
  return {
    x: filled(inputShape, random),
    filter: filled(filterShape, random),
    dy: filled(outShape, random),
    attrs: { strides, pad, dataFormat: 'NHWC', inputShape, filterShape },
  }
}

const runs = { numRuns: 150, seed: 1 }

await describeOn(['wasm'], 'kernels agree with the cpu backend', (use) => {
  const check = <T>(title: string, arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>) =>
    it(title, async () => {
      await use()
      await fc.assert(fc.asyncProperty(arbitrary, property), runs)
    })

  check('filter gradient of a convolution', windows, (window) => {
    const { x, dy, attrs } = convolutionOf(window)
    return agree(tf.Conv2DBackpropFilter, { x, dy }, attrs)
  })

  check('input gradient of a convolution', windows, (window) => {
    const { dy, filter, attrs } = convolutionOf(window)
    return agree(tf.Conv2DBackpropInput, { dy, filter }, attrs)
  })

  // A few values only, so that windows have several largest ones; NaN is left out, as the cpu backend compares likewise.
  check(
    'gradient of max pooling, with ties',
    windows,
    ({ batch, height, width, inputs, windowHeight, windowWidth, strides, pad, seed }) => {
      const shape: [number, number, number, number] = [batch, height, width, inputs]
      const filterSize: [number, number] = [windowHeight, windowWidth]
      const { outShape } = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad)
      const random = uniform(seed)
      const input = filled(shape, () => Math.round(2 * random()))
      return agree(
        tf.MaxPoolGrad,
        { dy: filled(outShape, random), input, output: filled(outShape, random) },
        { filterSize, strides, pad },
      )
    },
  )

  const products = fc.record({
    rows: small(40),
    // Up to sizes where the product is turned round.
    inner: small(90),
    columns: small(90),
    batch: fc.constantFrom<[number[], number[]]>([[], []], [[1], [1]], [[1], []], [[3], [3]], [[2], [1]]),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed: fc.nat(),
  })
  check('matrix products, transposed or not', products, ({ rows, inner, columns, batch, transposeA, transposeB, seed }) => {
    const random = uniform(seed)
    const a = filled([...batch[0], ...(transposeA ? [inner, rows] : [rows, inner])], random)
    const b = filled([...batch[1], ...(transposeB ? [columns, inner] : [inner, columns])], random)
    return agree(tf.BatchMatMul, { a, b }, { transposeA, transposeB })
  })
})
