import { type MetricSeries, type MetricSpread, type Spread, spreadOf } from '@tributary/protocol'

/** What each participant measured in one round, by name. */
export type RoundValues = ReadonlyMap<string, number>
/** By metric, then by round: of rounds from the snapshot's newest on. */
export type ClientValues = ReadonlyMap<string, ReadonlyMap<number, RoundValues>>

/** How a metric lies over the participants, round by round. */
export type SpreadCurve = Readonly<Record<'rounds' | 'low' | 'high' | 'min' | 'max' | 'mean', readonly number[]>>

export function withValue(values: ClientValues, name: string, round: number, participant: string, value: number): ClientValues {
  const rounds = values.get(name) ?? new Map<number, RoundValues>()
  const ofRound = new Map(rounds.get(round)).set(participant, value)
  return new Map(values).set(name, new Map(rounds).set(round, ofRound))
}

export const clientValuesOf = (series: readonly MetricSeries[]): ClientValues => {
  const values = new Map<string, Map<number, Map<string, number>>>()
  for (const { name, participant, buckets } of series) {
    if (participant === null) continue
    const rounds = values.get(name) ?? new Map<number, Map<string, number>>()
    values.set(name, rounds)
    for (const { lastRound, last } of buckets) {
      const ofRound = rounds.get(lastRound) ?? new Map<string, number>()
      rounds.set(lastRound, ofRound.set(participant, last))
    }
  }
  return values
}

/** A round's values are never changed, so what was made of them is kept with them. */
const known = new WeakMap<RoundValues, Spread>()
function spreadOfRound(values: RoundValues): Spread | null {
  const kept = known.get(values) ?? spreadOf([...values.values()])
  if (kept !== null) known.set(values, kept)
  return kept
}

/** What the server tells of rounds that are over, followed by the rounds whose values are here. */
export function spreadCurve(past: MetricSpread | undefined, values: ReadonlyMap<number, RoundValues> | undefined): SpreadCurve {
  const { rounds = [], low = [], high = [], min = [], max = [], mean = [] } = past ?? {}
  const recent = [...(values ?? [])]
    .sort(([a], [b]) => a - b)
    .flatMap(([round, ofRound]) => {
      const spread = spreadOfRound(ofRound)
      return spread === null || round <= (rounds.at(-1) ?? 0) ? [] : [{ round, ...spread }]
    })
  if (recent.length === 0) return { rounds, low, high, min, max, mean }
  return {
    rounds: [...rounds, ...recent.map((one) => one.round)],
    low: [...low, ...recent.map((one) => one.low)],
    high: [...high, ...recent.map((one) => one.high)],
    min: [...min, ...recent.map((one) => one.min)],
    max: [...max, ...recent.map((one) => one.max)],
    mean: [...mean, ...recent.map((one) => one.mean)],
  }
}
