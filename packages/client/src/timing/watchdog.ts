import { linkedAbort } from './linked-abort.ts'

export interface Watchdog {
  /** Aborted with the parent, or when nothing was fed for the time. */
  readonly signal: AbortSignal
  feed(): void
  stop(): void
}

/** Aborts with `reason()` once `milliseconds` have gone by without a sign of life. */
export function watchdog(milliseconds: number, parent: AbortSignal, reason: () => Error): Watchdog {
  const { controller, unlink } = linkedAbort(parent)
  const bite = () => controller.abort(reason())
  let timer = setTimeout(bite, milliseconds)
  return {
    signal: controller.signal,
    feed() {
      clearTimeout(timer)
      timer = setTimeout(bite, milliseconds)
    },
    stop() {
      clearTimeout(timer)
      unlink()
    },
  }
}
