import { z } from 'zod'

const finite = z.number().refine(Number.isFinite, 'must be finite')

/** Which model of the zoo, and the sizes that fix its tensors. */
export const modelConfigSchema = z.strictObject({
  name: z.enum(['softmax', '2nn', 'cnn', 'lenet', 'logistic', 'linear', 'mlp']),
  /** Shape of one example without the batch axis: [784] or [28, 28, 1] or [features]. */
  inputShape: z.array(z.int().min(1).max(1_000_000)).min(1).max(4),
  /** Number of classes, or 1 for logistic and linear regression. */
  outputs: z.int().min(1).max(100_000),
  /** Widths of the hidden layers; only the `mlp` takes it. */
  hidden: z.array(z.int().min(1).max(100_000)).max(8).optional(),
})
export type ModelConfig = z.infer<typeof modelConfigSchema>

/** Local training of one round, with McMahan's letters (2017, Algorithm 1). */
export const trainingConfigSchema = z.strictObject({
  /** E: passes over the local data. */
  epochs: z.int().min(1).max(1000).default(1),
  /** B: local batch size; null is B = ∞, all local data as one batch. */
  batchSize: z.int().min(1).max(1_000_000).nullable().default(10),
  optimiser: z.enum(['sgd', 'momentum', 'adam']).default('sgd'),
  /** η: the client's learning rate. */
  learningRate: finite.positive().max(100).default(0.1),
})
export type TrainingConfig = z.infer<typeof trainingConfigSchema>

export const strategyConfigSchema = z.strictObject({
  name: z.literal('fedavg'),
  /** What a client sends: its new parameters, or its full-batch gradient (FedSGD). */
  form: z.enum(['parameters', 'gradients']).default('parameters'),
  /** n_k / n as in the paper, or one vote for each client. */
  weighting: z.enum(['samples', 'uniform']).default('samples'),
  /** η of the server's step; only the gradients form takes it. */
  serverLearningRate: finite.positive().max(100).default(0.1),
})
export type StrategyConfig = z.infer<typeof strategyConfigSchema>

export const selectionConfigSchema = z.strictObject({
  /** C: fraction of the eligible clients asked in each round. */
  fraction: finite.gt(0).max(1).default(1),
  /** A round neither opens nor closes with fewer clients than this. */
  minimum: z.int().min(1).max(100_000).default(2),
  /** Extra share of clients asked, so that a round need not wait for the slowest; 0.3 asks 30 % more. */
  overSelection: finite.min(0).max(10).default(0),
})
export type SelectionConfig = z.infer<typeof selectionConfigSchema>

/** Everything that fixes a run; the same config, data and participants' names give the same model bytes (WASM). */
export const runConfigSchema = z.strictObject({
  model: modelConfigSchema,
  rounds: z.int().min(1).max(100_000),
  strategy: strategyConfigSchema.default({ name: 'fedavg', form: 'parameters', weighting: 'samples', serverLearningRate: 0.1 }),
  training: trainingConfigSchema.default({ epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.1 }),
  selection: selectionConfigSchema.default({ fraction: 1, minimum: 2, overSelection: 0 }),
  /** Seconds from a round's opening until it closes with the updates it has. */
  deadlineSeconds: finite
    .positive()
    .max(30 * 86_400)
    .default(600),
  /** Seconds beyond the deadline that a round waits for its minimum before the run fails; 0 fails at once. */
  patienceSeconds: finite
    .min(0)
    .max(30 * 86_400)
    .default(3_600),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
})
export type RunConfig = z.infer<typeof runConfigSchema>
export type RunConfigInput = z.input<typeof runConfigSchema>
