import { type Dataset, holdOut } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import type { Workshop } from './session/train-round.ts'
import type { Scorer, Trainer } from './trainer.ts'

export interface WorkshopOptions {
  readonly data: Dataset | (() => Promise<Dataset>)
  readonly trainer?: Trainer | undefined
  readonly holdOut?: number | undefined
}

/** The same rows are held out at each start, so that accuracies can be compared. */
const HOLD_OUT_SEED = 1

/**
 * Loads the rows and chooses the backend. TensorFlow.js is loaded only when it computes something.
 * @throws TributaryError `config_invalid` without rows or for a share that cannot be held out; `backend_unavailable`; what
 *   loading the data throws
 */
export async function openWorkshop({ data, trainer, holdOut: share }: WorkshopOptions): Promise<Workshop> {
  const loaded = typeof data === 'function' ? await data() : data
  if (!Number.isInteger(loaded.count) || loaded.count < 1)
    throw new TributaryError('config_invalid', { setting: 'data', reason: 'there are no rows to train on' })
  if (share === undefined && trainer !== undefined) return { trainer, backend: 'injected', data: loaded, evaluator: null }
  const { evaluate, selectBackend, train } = await import('@tributary/models')
  const { backend } = await selectBackend()
  const tools = trainer === undefined ? { trainer: train, backend } : { trainer, backend: 'injected' }
  if (share === undefined) return { ...tools, data: loaded, evaluator: null }
  const { train: rows, test } = holdOut(loaded, share, HOLD_OUT_SEED)
  const score: Scorer = (model, parameters, signal) => evaluate({ model, parameters, data: test, signal })
  return {
    ...tools,
    data: rows,
    evaluator: async (model, parameters, signal) => (await score(model, parameters, signal)).accuracy,
    score,
  }
}
