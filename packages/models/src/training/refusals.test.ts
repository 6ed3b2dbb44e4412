import type { ModelConfig, NamedTensor } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { Examples } from '../examples.ts'
import { firstNonFinite } from '../finite.ts'
import { initial, run, syntheticExamples, trainingConfig } from '../testing/examples.ts'
import { train } from './train.ts'

const softmax: ModelConfig = { name: 'softmax', inputShape: [12], outputs: 4 }

describe('refusals', () => {
  const data = syntheticExamples(softmax, 8, 1)
  const start = (changes: { parameters?: readonly NamedTensor[]; data?: Examples; model?: ModelConfig }) =>
    run({
      model: softmax,
      parameters: initial(softmax),
      data,
      training: trainingConfig(),
      form: 'parameters',
      seed: 1,
      ...changes,
    })
  const [kernel, bias] = initial(softmax) as [NamedTensor, NamedTensor]

  it('match parameters by name and shape, in any order', async () => {
    const forward = await start({ parameters: [kernel, bias] })
    const backward = await start({ parameters: [bias, kernel] })
    expect(backward.tensors).toEqual(forward.tensors)
    const names = { code: 'update_wrong_names' }
    await expect(start({ parameters: [kernel] })).rejects.toMatchObject({
      ...names,
      details: { missing: 'dense1/bias', unknown: 'none' },
    })
    await expect(start({ parameters: [kernel, bias, bias] })).rejects.toMatchObject(names)
    await expect(start({ parameters: [kernel, { ...bias, name: 'b' }] })).rejects.toMatchObject(names)
    await expect(start({ parameters: [{ ...kernel, shape: [4, 12] }, bias] })).rejects.toMatchObject({
      code: 'update_wrong_shape',
    })
    await expect(start({ parameters: [{ ...kernel, data: kernel.data.slice(1) }, bias] })).rejects.toMatchObject({
      code: 'update_wrong_shape',
    })
  })

  it('take no data that do not fit the model', async () => {
    const invalid = { code: 'data_invalid' }
    await expect(start({ data: { ...data, featureShape: [11] } })).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(start({ data: { ...data, count: 0 } })).rejects.toMatchObject(invalid)
    await expect(start({ data: { ...data, features: data.features.subarray(1) } })).rejects.toMatchObject(invalid)
    await expect(start({ data: { ...data, labels: data.labels.subarray(1) } })).rejects.toMatchObject(invalid)
    for (const label of [4, -1, 0.5, Number.NaN])
      await expect(start({ data: { ...data, labels: data.labels.with(3, label) } })).rejects.toMatchObject({
        ...invalid,
        details: { row: 3 },
      })
    const regression: ModelConfig = { name: 'linear', inputShape: [12], outputs: 1 }
    await expect(
      start({ model: regression, parameters: initial(regression), data: { ...data, labels: data.labels.with(3, Number.NaN) } }),
    ).rejects.toMatchObject(invalid)
  })

  it('an aborted signal throws its reason before anything is computed', async () => {
    const reason = new Error('no longer wanted')
    const training = train({
      model: softmax,
      parameters: initial(softmax),
      data,
      training: trainingConfig(),
      form: 'parameters',
      seed: 1,
      signal: AbortSignal.abort(reason),
    })
    await expect(training.next()).rejects.toBe(reason)
  })

  it('leaves the given parameters and data as they are', async () => {
    const parameters = initial(softmax)
    const before = structuredClone({ parameters, data })
    await start({ parameters })
    expect({ parameters, data }).toEqual(before)
  })

  it('firstNonFinite names the tensor', () => {
    expect(firstNonFinite([kernel, bias])).toBeNull()
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(firstNonFinite([kernel, { ...bias, data: bias.data.with(2, value) }])).toBe('dense1/bias')
  })
})
