import type { MetricSeries } from '@tributary/protocol'
import type { MetricPoint } from '../storage/store.ts'

/** Smallest 2^k rounds for a bucket that keeps a series within `most` buckets. */
export function bucketRounds(lastRound: number, most: number): number {
  let rounds = 1
  while (Math.floor(lastRound / rounds) + 1 > most) rounds *= 2
  return rounds
}

/** One series for each metric and participant, in buckets of 2^k rounds anchored at round 0; a spike stays visible as min or max. */
export function bucketMetrics(points: readonly MetricPoint[], most: number): MetricSeries[] {
  const groups = new Map<string, MetricPoint[]>()
  for (const point of points) {
    const key = JSON.stringify([point.scope, point.name, point.participant])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [point])
    else group.push(point)
  }
  const lastRound = points.reduce((last, { round }) => Math.max(last, round), 0)
  const width = bucketRounds(lastRound, most)
  return [...groups.values()].map((group) =>
    series(
      group.sort((a, b) => a.round - b.round),
      width,
    ),
  )
}

function series(points: readonly MetricPoint[], width: number): MetricSeries {
  const buckets: MetricSeries['buckets'] = []
  for (const { round, value } of points) {
    const fromRound = Math.floor(round / width) * width
    const last = buckets.at(-1)
    if (last?.fromRound === fromRound) {
      last.last = value
      last.min = Math.min(last.min, value)
      last.max = Math.max(last.max, value)
      last.count += 1
    } else
      buckets.push({ fromRound, toRound: fromRound + width - 1, first: value, last: value, min: value, max: value, count: 1 })
  }
  const { name, scope, participant } = points[0] as MetricPoint
  return {
    name,
    scope,
    participant: participant as MetricSeries['participant'],
    bucketRounds: width,
    points: points.length,
    buckets,
  }
}
