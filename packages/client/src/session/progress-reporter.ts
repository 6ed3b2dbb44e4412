import type { Progress } from '@tributary/protocol'
import type { Clock } from '../timing/clock.ts'

const INTERVAL_MS = 1_000

/**
 * Passes on at most one progress in a second; the rest is dropped.
 * @param eachPhase also the first of each phase: an upload that hangs must not look like the download before it
 */
export function progressReporter(
  clock: Clock,
  report: (progress: Progress) => void,
  eachPhase = false,
): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  let phase: Progress['phase'] | null = null
  return (progress) => {
    const now = clock.now()
    const isNews = eachPhase && progress.phase !== phase
    if (now - last < INTERVAL_MS && !isNews) return
    last = now
    phase = progress.phase
    report(progress)
  }
}
