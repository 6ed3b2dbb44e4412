import { type MetricSpread, type Spread, spreadOf } from '@tributary/protocol'
import type { MetricCurve, Store } from '../storage/store.ts'
import { Histories } from './histories.ts'
import { type BucketRange, commonWidth, within } from './metric-buckets.ts'

/** For each metric how its participants lie, round by round. */
export type Spreads = ReadonlyMap<string, readonly RoundSpread[]>
export interface RoundSpread extends Spread {
  readonly round: number
}

export function spreadsOf(curves: readonly MetricCurve[]): Spreads {
  const names = new Map<string, Map<number, number[]>>()
  for (const { name, rounds, values } of curves) {
    const byRound = names.get(name) ?? new Map<number, number[]>()
    names.set(name, byRound)
    rounds.forEach((round, index) => {
      const value = values[index] as number
      const known = byRound.get(round)
      if (known === undefined) byRound.set(round, [value])
      else known.push(value)
    })
  }
  return new Map(
    [...names].map(([name, byRound]) => [
      name,
      [...byRound]
        .sort(([a], [b]) => a - b)
        .flatMap(([round, values]) => {
          const spread = spreadOf(values)
          return spread === null ? [] : [{ round, ...spread }]
        }),
    ]),
  )
}

/** Over all participants of a run. Of rounds before the newest nothing is measured any more. */
export const spreadHistories = (store: Store): Histories<Spreads> =>
  new Histories(async (run, before = new Map()) => {
    const from = Math.max(0, ...[...before.values()].map((spreads) => spreads.at(-1)?.round ?? 0))
    const fresh = spreadsOf(await store.metricCurves(run, { scope: 'participant', from }))
    const names = new Set([...before.keys(), ...fresh.keys()])
    const older = (name: string) => (before.get(name) ?? []).filter(({ round }) => round < from)
    return new Map([...names].sort().map((name) => [name, [...older(name), ...(fresh.get(name) ?? [])]]))
  })

/** In buckets of 2^k rounds anchored at round 0, the same for every metric. */
export function bucketSpreads(spreads: Spreads, range: BucketRange): MetricSpread[] {
  const rounds = [...spreads.values()].map((list) => ({ rounds: list.map(({ round }) => round) }))
  const width = commonWidth(rounds, range)
  return [...spreads].map(([name, list]) => bucketed(name, list, width, range))
}

function bucketed(name: string, spreads: readonly RoundSpread[], width: number, range: BucketRange): MetricSpread {
  const all: MetricSpread = { name, bucketRounds: width, rounds: [], low: [], high: [], min: [], max: [], mean: [] }
  let bucket = -1
  for (const { round, low, high, min, max, mean } of spreads) {
    if (!within(round, range)) continue
    const at = Math.floor(round / width) === bucket ? all.rounds.length - 1 : all.rounds.length
    bucket = Math.floor(round / width)
    all.rounds[at] = round
    all.low[at] = Math.min(all.low[at] ?? low, low)
    all.high[at] = Math.max(all.high[at] ?? high, high)
    all.min[at] = Math.min(all.min[at] ?? min, min)
    all.max[at] = Math.max(all.max[at] ?? max, max)
    all.mean[at] = mean
  }
  return all
}
