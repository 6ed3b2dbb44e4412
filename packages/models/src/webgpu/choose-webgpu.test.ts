import type { NamedTensor } from '@tributary/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { selectBackend } from '../backend/select-backend.ts'
import { useBackend } from '../testing/backends.ts'
import { run } from '../testing/examples.ts'
import { chooseWebGpu } from './choose-webgpu.ts'
import { findFault, type ProbeStep, probeSteps, TOLERANCE } from './probe.ts'

const steps = probeSteps()
let onWasm: NamedTensor[][]
beforeAll(async () => {
  await useBackend('wasm')
  onWasm = []
  for (const step of steps) onWasm.push((await run(step)).tensors)
})

const changed = (tensors: readonly NamedTensor[], change: (value: number, at: number) => number): NamedTensor[] =>
  tensors.map((tensor) => ({ ...tensor, data: tensor.data.map(change) }))

describe('the probe', () => {
  it('takes what plain JavaScript computes, which adds in another order', async () => {
    await useBackend('cpu')
    const differences: number[] = []
    for (const [place, step] of steps.entries()) {
      // Minutes in plain JavaScript; the test in a browser has it.
      if (step.model.name === 'cnn') continue
      const { tensors } = await run(step)
      expect(findFault(step.parameters, tensors, onWasm[place] ?? [])).toBeNull()
      differences.push(largestShare(step, tensors, onWasm[place] ?? []))
    }
    // The tolerance is far from what honest arithmetic needs.
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE / 10)
    expect(Math.max(...differences)).toBeGreaterThan(0)
  })

  it.each([0, 1, 2, 3])('step %i changes every tensor, so that one which is left out shows', (place) => {
    const { parameters } = steps[place] as ProbeStep
    const results = onWasm[place] ?? []
    expect(findFault(parameters, results, results)).toBeNull()
    for (const [left, { name }] of results.entries()) {
      const partly = results.map((tensor, at) => (at === left ? (parameters[at] as NamedTensor) : tensor))
      expect(findFault(parameters, partly, results)).toMatchObject({ kind: 'differs', tensor: name })
    }
  })
})

const largestShare = ({ parameters }: ProbeStep, results: readonly NamedTensor[], trusted: readonly NamedTensor[]): number =>
  Math.max(
    ...trusted.map(({ data }, at) => {
      const distance = (others: readonly NamedTensor[]) =>
        data.reduce((most, value, i) => Math.max(most, Math.abs(value - (others[at]?.data[i] ?? Number.NaN))), 0)
      return distance(results) / distance(parameters)
    }),
  )

describe('chooseWebGpu', () => {
  const [, , linear] = steps as [ProbeStep, ProbeStep, ProbeStep, ProbeStep]
  /** WebGPU as it is on a device that computes in a way of its own. */
  const device = (compute: (right: NamedTensor[]) => NamedTensor[]) => ({
    hasAdapter: async () => true,
    async trainOn(backend: string, step: ProbeStep) {
      await useBackend('wasm')
      const { tensors } = await run(step)
      return backend === 'webgpu' ? compute(tensors) : tensors
    },
  })

  it('takes a device whose results are close', async () => {
    const close = device((right) => changed(right, (value) => Math.fround(value * (1 + 1e-7))))
    expect(await chooseWebGpu([linear], close)).toBeNull()
  })

  it.each<[string, (value: number, at: number) => number, object]>([
    ['gives NaN', (value, at) => (at === 3 ? Number.NaN : value), { kind: 'not-finite', tensor: 'dense1/kernel' }],
    ['gives an infinity', (value, at) => (at === 3 ? Number.POSITIVE_INFINITY : value), { kind: 'not-finite' }],
    ['gives one wrong value', (value, at) => (at === 3 ? value + 0.01 : value), { kind: 'differs', tensor: 'dense1/kernel' }],
    ['gives zeros', () => 0, { kind: 'differs' }],
    ['computes in float16', (value) => toFloat16(value), { kind: 'differs' }],
  ])('refuses a device that %s, and goes on with WASM', async (_, change, refusal) => {
    expect(
      await chooseWebGpu(
        [linear],
        device((right) => changed(right, change)),
      ),
    ).toMatchObject(refusal)
    expect((await selectBackend()).backend).toBe('wasm')
  })

  it('refuses where there is none, and where it breaks', async () => {
    expect(await chooseWebGpu([linear])).toEqual({ kind: 'no-adapter' })
    const breaks = device(() => {
      throw new Error('the device was lost')
    })
    expect(await chooseWebGpu([linear], breaks)).toEqual({ kind: 'failed', reason: 'the device was lost' })
    expect((await selectBackend()).backend).toBe('wasm')
  })
})

/** To 11 bits of significand. */
function toFloat16(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10)
  return value === 0 ? 0 : Math.round(value / unit) * unit
}
