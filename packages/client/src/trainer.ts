import type { Dataset } from '@tributary/data'
import type { Evaluation, TrainingProgress, TrainingResult } from '@tributary/models'
import type { ModelConfig, NamedTensor, TrainingConfig } from '@tributary/protocol'

/** Local training of one round. */
export interface TrainerTask {
  readonly model: ModelConfig
  /** w_t; the trainer may write into them. */
  readonly parameters: readonly NamedTensor[]
  readonly data: Dataset
  readonly training: TrainingConfig
  readonly form: 'parameters' | 'gradients'
  readonly seed: number
  readonly signal: AbortSignal
}

/** Yields progress and returns tensors named and shaped as the parameters. */
export type Trainer = (task: TrainerTask) => AsyncGenerator<TrainingProgress, TrainingResult>

/** Accuracy of parameters on held-out rows, 0..1; null where the model has none (regression). */
export type Evaluator = (model: ModelConfig, parameters: readonly NamedTensor[], signal: AbortSignal) => Promise<number | null>

/** What parameters are worth on held-out rows. */
export type Scorer = (model: ModelConfig, parameters: readonly NamedTensor[], signal: AbortSignal) => Promise<Evaluation>
