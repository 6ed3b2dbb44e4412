import type { Progress } from '@tributary/protocol'
import type { Clock } from '../timing/clock.ts'

const INTERVAL_MS = 1_000

/** Passes on at most one progress in a second; the rest is dropped. */
export function progressReporter(clock: Clock, report: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = clock.now()
    if (now - last < INTERVAL_MS) return
    last = now
    report(progress)
  }
}
