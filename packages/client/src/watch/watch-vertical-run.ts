import type { LoggedVerticalEvent, TributaryError, VerticalPhase } from '@tributary/protocol'
import type { VerticalApi } from '../http/vertical-api.ts'
import { type Clock, systemClock } from '../timing/clock.ts'
import { retrying } from '../timing/retry.ts'

export interface VerticalWatchOptions {
  /** Asks again after so long while nothing is new. */
  readonly pollMilliseconds?: number | undefined
  /** The coordinator's log is another one now: what was yielded is void, the events follow anew from seq 1. */
  readonly onRestart?: (() => void) | undefined
  /** A call failed; the watch goes on. */
  readonly onTrouble?: ((error: TributaryError) => void) | undefined
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
}

const POLL_MS = 1_000
const PAGE = 1_000

/**
 * A vertical run's durable events in order, each once, over breaks of the connection and restarts of the coordinator; ends after
 * the event that ends the run. Asks over HTTP: a run has few events, and its parties, not its watchers, need them soon.
 * @throws TributaryError that retrying does not mend (`unauthenticated`, `not_found`, `forbidden` …); the signal's reason
 */
export async function* watchVerticalRun(
  api: VerticalApi,
  run: string,
  options: VerticalWatchOptions = {},
): AsyncGenerator<LoggedVerticalEvent, void> {
  const { pollMilliseconds = POLL_MS, clock = systemClock, signal = new AbortController().signal, onTrouble } = options
  const onRetry = (error: TributaryError) => onTrouble?.(error)
  let stream: string | null = null
  let last = 0
  for (;;) {
    const after = last
    const page = await retrying(() => api.events(run, { after, limit: PAGE }, signal), { clock, signal, onRetry })
    if (stream !== null && stream !== page.stream) {
      stream = page.stream
      last = 0
      options.onRestart?.()
      continue
    }
    stream = page.stream
    for (const event of page.events) {
      if (event.seq <= last) continue
      last = event.seq
      yield event
      if (endsRun(event)) return
    }
    if (page.events.length === 0) await clock.sleep(pollMilliseconds, signal)
  }
}

export const isFinalVerticalPhase = (phase: VerticalPhase): boolean => phase === 'completed' || phase === 'aborted'

const endsRun = ({ event }: LoggedVerticalEvent): boolean =>
  event.type === 'vertical.state' && isFinalVerticalPhase(event.data.to)
