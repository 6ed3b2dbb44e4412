import { reportedFailure, TributaryError, type VerticalRun } from '@tributary/protocol'
import type { Ending } from '../actor/run-actor-options.ts'

/** Who ended a run, as the hub knows it: a party with its own code and reason, else the hub. */
export function endingOf({ failure }: VerticalRun): Ending {
  if (failure === null) return { by: 'the hub', reason: 'it was ended', code: null }
  const reported = reportedFailure(failure)
  if (reported !== null) return { by: reported.by, reason: reported.words, code: reported.code }
  const { name } = failure.details
  return { by: typeof name === 'string' ? name : 'the hub', reason: failure.message, code: failure.code }
}

/** Of a run that was over before this party had begun. */
export function endErrorOf(run: VerticalRun): TributaryError {
  if (run.failure !== null) return TributaryError.fromBody(run.failure)
  const { by: name, reason } = endingOf(run)
  return new TributaryError('slr_aborted', { name, reason })
}
