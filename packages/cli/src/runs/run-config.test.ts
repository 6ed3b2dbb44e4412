import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runConfigSchema } from '@tributary/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { runConfigOf } from './run-config.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
afterAll(() => rm(folder, { recursive: true }))
async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(content))
  return path
}
const mnistModel = { name: 'cnn', inputShape: [28, 28, 1], outputs: 10 }

describe('runConfigOf', () => {
  it("fills what no flag says with the protocol's defaults", async () => {
    const config = await runConfigOf({ model: 'cnn', mnist: true })
    expect(config).toEqual(runConfigSchema.parse({ model: mnistModel, rounds: 10 }))
  })

  it('takes every flag to its place', async () => {
    const config = await runConfigOf({
      model: 'mlp',
      inputShape: [12],
      outputs: 3,
      hidden: [8, 4],
      rounds: 7,
      epochs: 2,
      batch: null,
      optimiser: 'adam',
      learningRate: 0.01,
      form: 'gradients',
      weighting: 'uniform',
      serverLearningRate: 0.5,
      fraction: 0.5,
      minimum: 3,
      overSelection: 0.3,
      deadline: 60,
      patience: 0,
      seed: 9,
    })
    expect(config).toEqual({
      model: { name: 'mlp', inputShape: [12], outputs: 3, hidden: [8, 4] },
      rounds: 7,
      training: { epochs: 2, batchSize: null, optimiser: 'adam', learningRate: 0.01 },
      strategy: { name: 'fedavg', form: 'gradients', weighting: 'uniform', serverLearningRate: 0.5 },
      selection: { fraction: 0.5, minimum: 3, overSelection: 0.3 },
      deadlineSeconds: 60,
      patienceSeconds: 0,
      seed: 9,
    })
  })

  it('lays flags over a file and keeps the rest of it', async () => {
    const config = await file('run.json', { model: mnistModel, rounds: 3, training: { epochs: 5, batchSize: 50 }, seed: 4 })
    expect(await runConfigOf({ config })).toMatchObject({ rounds: 3, seed: 4, training: { epochs: 5, batchSize: 50 } })
    const over = await runConfigOf({ config, model: 'lenet', epochs: 1, seed: 7 })
    expect(over).toMatchObject({
      model: { ...mnistModel, name: 'lenet' },
      rounds: 3,
      seed: 7,
      training: { epochs: 1, batchSize: 50 },
    })
  })

  it("takes the sizes from a table's schema", async () => {
    const features = [
      { name: 'age', type: 'number' },
      { name: 'sex', type: 'category', categories: ['f', 'm'] },
    ]
    const label = { name: 'species', type: 'category', categories: ['a', 'b', 'c'] }
    const schema = await file('classes.json', { task: 'classification', features, label })
    expect((await runConfigOf({ model: 'softmax', schema })).model).toEqual({ name: 'softmax', inputShape: [3], outputs: 3 })
    const two = await file('two.json', { task: 'classification', features, label: { ...label, categories: ['ill', 'well'] } })
    expect((await runConfigOf({ model: 'logistic', schema: two })).model.outputs).toBe(1)
    const number = await file('number.json', { task: 'regression', features, label: { name: 'y', type: 'number' } })
    expect((await runConfigOf({ model: 'linear', schema: number })).model).toEqual({
      name: 'linear',
      inputShape: [3],
      outputs: 1,
    })
  })

  it('refuses what does not say what is meant', async () => {
    const config = await file('bad.json', { model: mnistModel, rounds: 3, rouns: 4 })
    const list = await file('list.json', [1])
    const cases: [Parameters<typeof runConfigOf>[0], RegExp][] = [
      [{}, /name one with --model/],
      [{ model: 'cnn' }, /say what it learns from/],
      [{ model: 'cnn', mnist: true, inputShape: [784] }, /exclude each other/],
      [{ model: 'softmax', outputs: 10 }, /inputShape/],
      [{ config }, /rouns/],
      [{ config: list }, /expected a JSON object/],
    ]
    for (const [flags, reason] of cases) {
      await expect(runConfigOf(flags)).rejects.toThrow(reason)
      await expect(runConfigOf(flags)).rejects.toMatchObject({ code: 'config_invalid' })
    }
    await expect(runConfigOf({ config: join(folder, 'none.json') })).rejects.toMatchObject({ code: 'data_unreadable' })
  })
})
