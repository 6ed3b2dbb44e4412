import { TributaryError } from '@tributary/protocol'

const WINDOW_MS = 60_000

/** @returns counts a call each time; throws rate_limited beyond so many in a minute */
export function perMinute(limit: number, now: () => number): () => void {
  let count = 0
  let endsAt = Number.NEGATIVE_INFINITY
  return () => {
    const at = now()
    if (at >= endsAt) {
      count = 0
      endsAt = at + WINDOW_MS
    }
    count += 1
    if (count <= limit) return
    throw new TributaryError('rate_limited', {
      limit,
      window: '1 minute',
      retryAfter: Math.max(1, Math.ceil((endsAt - at) / 1000)),
    })
  }
}
