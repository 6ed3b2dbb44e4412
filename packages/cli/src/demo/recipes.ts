import type { RunConfigInput } from '@tributary/protocol'

export const demoModels = ['cnn', 'lenet', '2nn', 'softmax'] as const
export type DemoModel = (typeof demoModels)[number]

/** Local training of each model on MNIST that learns fast in few rounds with skewed institutions. */
const training = {
  cnn: { epochs: 1, batchSize: 32, optimiser: 'sgd', learningRate: 0.1 },
  lenet: { epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.05 },
  '2nn': { epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.05 },
  softmax: { epochs: 1, batchSize: 20, optimiser: 'sgd', learningRate: 0.02 },
} as const satisfies Record<DemoModel, RunConfigInput['training']>

/** The CNN is too slow to watch without native TensorFlow. */
export const defaultModel = (backends: readonly string[]): DemoModel =>
  backends.every((backend) => backend === 'native') ? 'cnn' : 'lenet'

/** All institutions in every round; one that is away is waited for. */
export const demoRunConfig = (model: DemoModel, institutions: number, rounds: number, seed: number): RunConfigInput => ({
  model: { name: model, inputShape: [28, 28, 1], outputs: 10 },
  rounds,
  training: training[model],
  selection: { fraction: 1, minimum: institutions },
  deadlineSeconds: 900,
  seed,
})
