import { TributaryError } from '@tributary/protocol'
import type { Alarm } from './alarm.ts'
import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { linkedAbort } from './linked-abort.ts'

export interface RetryOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Attempts in all; without it, for ever. */
  readonly attempts?: number | undefined
  /** Cuts a pause short, except one that the coordinator asked for. */
  readonly alarm?: Alarm | undefined
  readonly onRetry?: ((error: TributaryError, milliseconds: number) => void) | undefined
}

/**
 * Repeats what fails with a retryable code. The pause is the backoff, or what the coordinator asks for (`retryAfter`, seconds).
 * @throws the last error; the signal's reason
 */
export async function retrying<T>(attempt: (failures: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, attempts = Number.POSITIVE_INFINITY, onRetry } = options
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted()
    try {
      return await attempt(failures)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TributaryError) || !error.retryable || failures + 1 >= attempts) throw error
      const asked = retryAfter(error)
      const pause = Math.max(backoff(failures, clock.random()), asked)
      onRetry?.(error, pause)
      await sleep(pause, options, asked > 0)
    }
  }
}

/** Milliseconds that a refusal asks to wait; 0 when it does not say. */
export function retryAfter({ details }: TributaryError): number {
  const seconds = Number(details.retryAfter)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1000 : 0
}

async function sleep(milliseconds: number, { clock, signal, alarm }: RetryOptions, deaf: boolean): Promise<void> {
  if (alarm === undefined || deaf) return clock.sleep(milliseconds, signal)
  const { controller, unlink } = linkedAbort(signal)
  const forget = alarm.listen(() => controller.abort())
  try {
    await clock.sleep(milliseconds, controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    signal.throwIfAborted()
  } finally {
    forget()
    unlink()
  }
}
