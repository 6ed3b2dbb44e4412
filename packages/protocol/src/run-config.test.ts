import { describe, expect, it } from 'vitest'
import { type RunConfigInput, runConfigSchema } from './run-config.ts'

const least: RunConfigInput = { model: { name: 'softmax', inputShape: [784], outputs: 10 }, rounds: 5 }

/** Paths of the fields that are refused. */
function refused(changes: object): string[] {
  const parsed = runConfigSchema.safeParse({ ...least, ...changes })
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
}

describe('runConfigSchema', () => {
  it('fills in what a user need not know', () => {
    expect(runConfigSchema.parse(least)).toEqual({
      model: { name: 'softmax', inputShape: [784], outputs: 10 },
      rounds: 5,
      strategy: { name: 'fedavg', form: 'parameters', weighting: 'samples', serverLearningRate: 0.1 },
      training: { epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.1 },
      selection: { fraction: 1, minimum: 2, overSelection: 0 },
      deadlineSeconds: 600,
      patienceSeconds: 3600,
      seed: 1,
    })
  })

  it('fills in the same where a part is given empty', () => {
    expect(runConfigSchema.parse({ ...least, strategy: { name: 'fedavg' }, training: {}, selection: {} })).toEqual(
      runConfigSchema.parse(least),
    )
  })

  it('is the same after its own output is read again', () => {
    const config = runConfigSchema.parse({ ...least, training: { batchSize: null }, patienceSeconds: 0, seed: 2 ** 32 - 1 })
    expect(runConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
    expect(config.training.batchSize).toBeNull()
  })

  it.each<[string, object]>([
    ['model.name', { model: { ...least.model, name: 'gpt' } }],
    ['model.inputShape', { model: { ...least.model, inputShape: [] } }],
    ['model.inputShape.0', { model: { ...least.model, inputShape: [0] } }],
    ['model.outputs', { model: { ...least.model, outputs: 0 } }],
    ['model.hidden.0', { model: { ...least.model, hidden: [1.5] } }],
    ['rounds', { rounds: 0 }],
    ['rounds', { rounds: '5' }],
    ['strategy.name', { strategy: { name: 'fedprox' } }],
    ['strategy.form', { strategy: { name: 'fedavg', form: 'deltas' } }],
    ['strategy.weighting', { strategy: { name: 'fedavg', weighting: 'steps' } }],
    ['strategy.serverLearningRate', { strategy: { name: 'fedavg', serverLearningRate: 0 } }],
    ['training.epochs', { training: { epochs: 0 } }],
    ['training.batchSize', { training: { batchSize: 0 } }],
    ['training.optimiser', { training: { optimiser: 'lbfgs' } }],
    ['training.learningRate', { training: { learningRate: Number.NaN } }],
    ['training.learningRate', { training: { learningRate: -0.1 } }],
    ['selection.fraction', { selection: { fraction: 0 } }],
    ['selection.fraction', { selection: { fraction: 1.01 } }],
    ['selection.minimum', { selection: { minimum: 0 } }],
    ['selection.overSelection', { selection: { overSelection: -0.1 } }],
    ['deadlineSeconds', { deadlineSeconds: 0 }],
    ['deadlineSeconds', { deadlineSeconds: Number.POSITIVE_INFINITY }],
    ['patienceSeconds', { patienceSeconds: -1 }],
    ['seed', { seed: 2 ** 32 }],
    ['seed', { seed: 0.5 }],
  ])('refuses a wrong %s: %j', (path, changes) => {
    expect(refused(changes)).toContain(path)
  })

  it('refuses keys that it does not know: a misspelt setting is not silently another run', () => {
    expect(refused({ training: { epoch: 5 } })).toEqual(['training'])
    expect(refused({ deadline: 5 })).toEqual([''])
  })
})
