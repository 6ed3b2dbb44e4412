import {
  ContainerDecoder,
  encodeModel,
  encodeUpdate,
  type NamedTensor,
  type StrategyConfig,
  specOf,
  strategyConfigSchema,
  type UpdateMeta,
} from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { member, RUN } from '../run-machine/testing/cast.ts'
import { fedAvgStep, firstNotFinite } from './fedavg.ts'
import { WeightedSum } from './weighted-sum.ts'
import { rawWeight } from './weights.ts'

const strategy = (changes: Partial<StrategyConfig> = {}): StrategyConfig =>
  strategyConfigSchema.parse({ name: 'fedavg', ...changes })
const SHAPES = { kernel: [3, 4], bias: [4], scale: [] } as const
const NAMES = ['kernel', 'bias', 'scale'] as const
type Name = (typeof NAMES)[number]

const tensor = (name: Name, values: readonly number[]): NamedTensor => ({
  name,
  shape: SHAPES[name],
  data: Float32Array.from(values),
})
const finite = fc.float({ noNaN: true, noDefaultInfinity: true })
const values = (length: number) => fc.array(finite, { minLength: length, maxLength: length })
const model = fc
  .tuple(values(12), values(4), values(1))
  .map(([kernel, bias, scale]) => [tensor('kernel', kernel), tensor('bias', bias), tensor('scale', scale)])
const client = fc.record({
  tensors: model,
  samples: fc.integer({ min: 1, max: 100_000 }),
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
})
type Client = { tensors: NamedTensor[]; samples: number; order: number[]; cuts: number[] }

const meta = (samples: number): UpdateMeta => ({
  run: RUN,
  round: 1,
  participant: member('a').id,
  form: 'parameters',
  samples,
  report: { loss: 0.5, accuracy: null, seconds: 1, backend: 'wasm' },
})

/** Sends one client's update through the wire: its tensors in its own order, its bytes cut anywhere. */
function foldBytes(sum: WeightedSum, { tensors, samples, order, cuts }: Client, weighting: 'samples' | 'uniform'): void {
  const { bytes } = encodeUpdate(
    order.map((i) => tensors[i] as NamedTensor),
    meta(samples),
  )
  const decoder = new ContainerDecoder(sum.fold(rawWeight(samples, weighting)))
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    decoder.push(bytes.subarray(start, end))
    start = end
  }
  decoder.end()
}

/** A float32 as an exact fraction: mantissa · 2^-149. Independent of every floating-point sum. */
function exactly(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(4))
  bits.setFloat32(0, value)
  const raw = bits.getUint32(0)
  const exponent = (raw >>> 23) & 0xff
  const mantissa = BigInt(raw & 0x7fffff) + (exponent === 0 ? 0n : 1n << 23n)
  const magnitude = mantissa << BigInt(Math.max(exponent, 1) - 1)
  return raw >>> 31 === 1 ? -magnitude : magnitude
}

/** Σ n_k·x_k / Σ n_k in whole numbers, rounded once, at the end, to float64. */
function exactMean(xs: readonly number[], weights: readonly number[]): number {
  const sum = xs.reduce((part, x, k) => part + exactly(x) * BigInt(weights[k] as number), 0n)
  const total = BigInt(weights.reduce((part, weight) => part + weight, 0))
  // 64 further bits keep the division exact enough; Number() rounds to the nearest float64.
  return (Number((sum << 64n) / total) / 2 ** 64) * 2 ** -149
}

/** Distance between neighbouring float32 around a value. */
const ulp = (value: number): number =>
  Math.max(2 ** (Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -126))) - 23), 2 ** -149)

/** How far float64 sums may lie from the exact one: a few parts in 2^53 of the largest term, then one rounding to float32. */
const tolerance = (exact: number, xs: readonly number[]): number =>
  ulp(exact) * 0.5000001 + Math.max(...xs.map(Math.abs)) * xs.length * 2 ** -50

describe('parameters form: w ← Σ (n_k / n) w_k', () => {
  for (const weighting of ['samples', 'uniform'] as const)
    it(`weighted by ${weighting} equals exact arithmetic, with names in any order and chunks cut anywhere`, () => {
      fc.assert(
        fc.property(fc.array(client, { minLength: 1, maxLength: 5 }), (clients) => {
          const sum = new WeightedSum(specOf((clients[0] as Client).tensors))
          for (const c of clients) foldBytes(sum, c, weighting)
          const weights = clients.map(({ samples }) => (weighting === 'samples' ? samples : 1))
          expect(sum.weight).toBe(weights.reduce((a, b) => a + b, 0))
          const result = fedAvgStep(sum, [], strategy({ weighting }))
          expect(result.map(({ name, shape }) => [name, shape])).toEqual(NAMES.map((name) => [name, SHAPES[name]]))
          for (const [t, { data }] of result.entries())
            for (const [i, value] of data.entries()) {
              const xs = clients.map(({ tensors }) => tensors[t]?.data[i] as number)
              const exact = exactMean(xs, weights)
              expect(Math.abs(value - exact)).toBeLessThanOrEqual(tolerance(exact, xs))
            }
        }),
        { numRuns: 150, seed: 4 },
      )
    })

  it('tells the two weightings apart', () => {
    const clients = [tensor('scale', [1]), tensor('scale', [4])].map((t) => [t])
    const mean = (weighting: 'samples' | 'uniform') => {
      const sum = new WeightedSum([{ name: 'scale', shape: [], dtype: 'float32' }])
      for (const [k, tensors] of clients.entries()) {
        const { bytes } = encodeUpdate(tensors, meta([100, 200][k] as number))
        const decoder = new ContainerDecoder(sum.fold(rawWeight([100, 200][k] as number, weighting)))
        decoder.push(bytes)
        decoder.end()
      }
      return fedAvgStep(sum, [], strategy({ weighting }))[0]?.data[0]
    }
    expect([mean('samples'), mean('uniform')]).toEqual([3, 2.5])
  })

  it('of one client is that client, bit by bit', () => {
    fc.assert(
      fc.property(client, (only) => {
        const sum = new WeightedSum(specOf(only.tensors))
        foldBytes(sum, only, 'samples')
        // −0 becomes 0: 0 + n·(−0) is 0.
        const positive = only.tensors.map(({ name, shape, data }) => ({ name, shape, data: data.map((x) => (x === 0 ? 0 : x)) }))
        expect(encodeModel(fedAvgStep(sum, [], strategy())).sha256).toBe(encodeModel(positive).sha256)
      }),
      { numRuns: 100, seed: 5 },
    )
  })

  it('of the largest floats with large counts stays finite', () => {
    const largest = (2 - 2 ** -23) * 2 ** 127
    const sum = new WeightedSum([{ name: 'scale', shape: [], dtype: 'float32' }])
    for (const samples of [3, Number.MAX_SAFE_INTEGER, 7]) {
      const decoder = new ContainerDecoder(sum.fold(samples))
      decoder.push(encodeUpdate([tensor('scale', [largest])], meta(samples)).bytes)
      decoder.end()
    }
    expect(fedAvgStep(sum, [], strategy())[0]?.data[0]).toBe(largest)
  })
})

describe('gradients form: w ← w − η Σ (n_k / n) g_k', () => {
  it('equals exact arithmetic, with the model in another order of names', () => {
    const moderate = fc.double({ min: -100, max: 100, noNaN: true })
    const moderateModel = fc
      .tuple(fc.array(moderate, { minLength: 12, maxLength: 12 }), fc.array(moderate, { minLength: 4, maxLength: 4 }))
      .map(([kernel, bias]) => [tensor('kernel', kernel), tensor('bias', bias)])
    const moderateClient = fc.record({
      tensors: moderateModel,
      samples: fc.integer({ min: 1, max: 1000 }),
      order: fc.shuffledSubarray([0, 1], { minLength: 2 }),
      cuts: fc.array(fc.nat(), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        moderateModel,
        fc.array(moderateClient, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0.1, 0.5, 3),
        (before, clients, eta) => {
          const sum = new WeightedSum(specOf(before))
          for (const c of clients) foldBytes(sum, c, 'samples')
          const result = fedAvgStep(sum, [...before].reverse(), strategy({ form: 'gradients', serverLearningRate: eta }))
          const weights = clients.map(({ samples }) => samples)
          for (const [t, { name, data }] of result.entries())
            for (const [i, value] of data.entries()) {
              const w = before.find((b) => b.name === name)?.data[i] as number
              const mean = exactMean(
                clients.map(({ tensors }) => tensors[t]?.data[i] as number),
                weights,
              )
              expect(Math.abs(value - (w - eta * mean))).toBeLessThanOrEqual(
                0.5001 * ulp(w - eta * mean) + 0.5001 * eta * ulp(mean) + 1e-12,
              )
            }
        },
      ),
      { numRuns: 150, seed: 6 },
    )
  })

  it('refuses a model that lacks a tensor or has one of another size', () => {
    for (const wrong of [[], [tensor('bias', [1, 2, 3])]]) {
      const sum = new WeightedSum([{ name: 'bias', shape: [4], dtype: 'float32' }])
      const decoder = new ContainerDecoder(sum.fold(1))
      decoder.push(encodeUpdate([tensor('bias', [1, 2, 3, 4])], meta(1)).bytes)
      expect(() => fedAvgStep(sum, wrong, strategy({ form: 'gradients' }))).toThrow(RangeError)
    }
  })
})

describe('WeightedSum', () => {
  const spec = [{ name: 'bias', shape: [4], dtype: 'float32' as const }]
  it('takes no weight that is not a positive number, and has no mean of nothing', () => {
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => new WeightedSum(spec).fold(weight)).toThrow(RangeError)
    expect(() => new WeightedSum(spec).mean()).toThrow(RangeError)
  })

  it('refuses a tensor that it does not know', () => {
    const decoder = new ContainerDecoder(new WeightedSum(spec).fold(1))
    expect(() => decoder.push(encodeUpdate([tensor('scale', [1])], meta(1)).bytes)).toThrow(
      expect.objectContaining({ code: 'update_wrong_names' }),
    )
  })
})

describe('firstNotFinite', () => {
  it('names the first tensor with a number that is not finite', () => {
    expect(
      firstNotFinite([tensor('scale', [1]), tensor('bias', [0, 1, Number.NaN, 2]), tensor('kernel', [Number.POSITIVE_INFINITY])]),
    ).toBe('bias')
    expect(firstNotFinite([tensor('scale', [1])])).toBeNull()
  })
})
