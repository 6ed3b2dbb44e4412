import { TributaryError } from '@tributary/protocol'
import { countedIn, type MinuteWindow, secondsToWait } from '../access/minute-window.ts'

/** @returns counts a call each time; throws rate_limited beyond so many in a minute */
export function perMinute(limit: number, now: () => number): () => void {
  let window: MinuteWindow | undefined
  return () => {
    const at = now()
    window = countedIn(window, at)
    const retryAfter = secondsToWait(window, limit, at)
    if (retryAfter > 0) throw new TributaryError('rate_limited', { limit, window: '1 minute', retryAfter })
  }
}
