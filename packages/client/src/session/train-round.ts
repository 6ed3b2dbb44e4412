import type { Dataset } from '@tributary/data'
import { firstNotFinite } from '@tributary/federation'
import type { TrainingProgress, TrainingResult } from '@tributary/models'
import {
  type EncodedContainer,
  encodeUpdate,
  type NamedTensor,
  type ParticipantId,
  type Progress,
  type RoundTask,
  type TrainingReport,
  TributaryError,
} from '@tributary/protocol'
import type { Evaluator, Scorer, Trainer } from '../trainer.ts'

/** What a participant trains with. */
export interface Workshop {
  readonly trainer: Trainer
  readonly backend: string
  /** Local rows; they never leave. */
  readonly data: Dataset
  /** Only with rows held out. */
  readonly evaluator: Evaluator | null
  /** Loss and accuracy on the rows held out; only with the trainer of @tributary/models and rows held out. */
  readonly score?: Scorer
}

export interface TrainedUpdate {
  readonly encoded: EncodedContainer
  readonly samples: number
  readonly report: TrainingReport
}

/**
 * Trains one round and encodes the update.
 * @throws TributaryError `update_not_finite`; what the trainer throws; the signal's reason
 */
export async function trainRound(
  task: RoundTask,
  parameters: readonly NamedTensor[],
  participant: ParticipantId,
  workshop: Workshop,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<TrainedUpdate> {
  const { trainer, data, backend, evaluator } = workshop
  const { run, round, model, training, form, seed } = task
  const generator = trainer({ model, parameters, data, training, form, seed, signal })
  const { tensors, samples, loss, seconds } = await lastOf(generator, signal, (progress) =>
    onProgress(toProgress(task, progress)),
  )
  const tensor = firstNotFinite(tensors)
  if (tensor !== null) throw new TributaryError('update_not_finite', { tensor })
  // Gradients are no model whose answers could be counted.
  const accuracy = evaluator === null || form === 'gradients' ? null : await evaluator(model, tensors, signal)
  const report = { loss: finiteOrNull(loss), accuracy, seconds: Math.max(0, finiteOrNull(seconds) ?? 0), backend }
  return { encoded: encodeUpdate(tensors, { run, round, participant, form, samples, report }), samples, report }
}

/** Goes through the progress to the result; ends the generator when aborted. */
async function lastOf(
  generator: AsyncGenerator<TrainingProgress, TrainingResult>,
  signal: AbortSignal,
  onProgress: (progress: TrainingProgress) => void,
): Promise<TrainingResult> {
  const ending: { result?: TrainingResult } = {}
  const steps = (async function* () {
    ending.result = yield* generator
  })()
  for await (const progress of steps) {
    signal.throwIfAborted()
    onProgress(progress)
  }
  signal.throwIfAborted()
  if (ending.result === undefined) throw new TypeError('the trainer ended without a result')
  return ending.result
}

const toProgress = ({ run, round }: RoundTask, progress: TrainingProgress): Progress => ({
  run,
  round,
  phase: 'training',
  fraction: Math.min(1, (progress.epoch - 1 + progress.batch / progress.batches) / progress.epochs),
  samplesPerSecond: finiteOrNull(progress.samplesPerSecond),
  loss: finiteOrNull(progress.loss),
})

const finiteOrNull = (value: number | null): number | null => (Number.isFinite(value) ? value : null)
