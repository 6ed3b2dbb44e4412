import { type MetricSeries, Smoothing } from '@tributary/protocol'
import type { MetricCurve } from '../storage/store.ts'

/** What is asked of curves: how fine, and over which rounds. */
export interface BucketRange {
  readonly most: number
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Smallest 2^k rounds for buckets of which at most `most` lie over the rounds `from` … `to`; they are anchored at round 0. */
export function bucketRounds(from: number, to: number, most: number): number {
  let rounds = 1
  while (Math.floor(to / rounds) - Math.floor(from / rounds) + 1 > most) rounds *= 2
  return rounds
}

/** The buckets that curves have in common. */
export function commonWidth(curves: readonly { readonly rounds: readonly number[] }[], { most, from, to }: BucketRange): number {
  const first = curves.reduce((least, { rounds }) => Math.min(least, rounds[0] ?? least), Number.MAX_SAFE_INTEGER)
  const last = curves.reduce((largest, { rounds }) => Math.max(largest, rounds.at(-1) ?? 0), 0)
  return bucketRounds(Math.max(from ?? 0, Math.min(first, last)), Math.min(to ?? last, last), most)
}

export const within = (round: number, { from, to }: BucketRange) =>
  (from === undefined || round >= from) && (to === undefined || round <= to)

/**
 * A series for each curve, in buckets of 2^k rounds anchored at round 0; a spike stays visible as min or max. Smoothing goes over
 * every point of the curve, so it is the same at each bucket size and in each range: the curves must begin with their first point.
 */
export function bucketMetrics(curves: readonly MetricCurve[], range: BucketRange, smoothing = 0): MetricSeries[] {
  const width = commonWidth(curves, range)
  return curves.map((curve) => series(curve, width, range, smoothing))
}

function series(
  { name, participant, rounds, values }: MetricCurve,
  width: number,
  range: BucketRange,
  factor: number,
): MetricSeries {
  const buckets: MetricSeries['buckets'] = []
  const smoothing = factor > 0 ? new Smoothing(factor) : null
  let points = 0
  rounds.forEach((round, index) => {
    const value = values[index] as number
    const smoothed = smoothing?.next(round, value)
    if (!within(round, range)) return
    points += 1
    const fromRound = Math.floor(round / width) * width
    const known = buckets.at(-1)
    if (known?.fromRound === fromRound) {
      known.last = value
      known.lastRound = round
      known.min = Math.min(known.min, value)
      known.max = Math.max(known.max, value)
      known.count += 1
      if (smoothed !== undefined) known.smoothed = smoothed
    } else {
      const toRound = fromRound + width - 1
      const one = { fromRound, toRound, lastRound: round, first: value, last: value, min: value, max: value, count: 1 }
      buckets.push(smoothed === undefined ? one : { ...one, smoothed })
    }
  })
  const scope = participant === null ? 'global' : 'participant'
  return { name, scope, participant: participant as MetricSeries['participant'], bucketRounds: width, points, buckets }
}
