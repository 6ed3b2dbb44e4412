import { smoothed } from '@tributary/protocol'
import { type AxisName, columnAt, roundsOf, valuesAt } from '../../charts/curve-data.ts'
import type { PlotContent, PlotSeries } from '../../charts/line-plot.ts'
import { formatBytes, formatCount, formatMetric, isShare } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import type { Curve, SpreadCurve } from '../../live-store/index.ts'
import type { Spoken } from '../../words/words.ts'
import type { CurveView } from './curves.tsx'

interface Metric {
  readonly name: string
  /** Where a round lies on the x axis. */
  readonly place: (round: number) => number | null
  readonly look: CurveView
  readonly curve: Curve | undefined
  readonly band: SpreadCurve
  /** One participant's. */
  readonly client: Curve | undefined
}

/** What is drawn of a metric: the run's own in bold, what its buckets hold as an area, and the participants. */
export function metricContent({ name, place, look, curve, band, client }: Metric, { w, language }: Spoken): PlotContent {
  const { axis, smoothing, isLogarithmic, clients } = look
  const points = curve?.points ?? []
  const isBand = clients === 'band' && band.rounds.length > 0
  const lists = [points.map(({ round }) => round), isBand ? band.rounds : [], (client?.points ?? []).map(({ round }) => round)]
  const rounds = roundsOf(lists).filter((round) => place(round) !== null)
  const x = rounds.map((round) => place(round) ?? 0)
  const series: PlotSeries[] = []
  const bands: PlotContent['bands'][number][] = []
  const area = (upper: PlotSeries, lower: PlotSeries) => {
    series.push(upper, lower)
    bands.push({ upper: series.length - 2, lower: series.length - 1, colour: upper.colour })
  }
  if (curve !== undefined) {
    // Buckets of different curves end at different rounds: what lies between two of them is no gap.
    const spansGaps = curve.bucketRounds > 1
    const line = { colour: '--phase-1', spansGaps }
    const raw = valuesAt(points, rounds, ({ value }) => value)
    series.push({ ...line, label: w('curves.global'), values: smoothedCurve(curve, rounds, smoothing), width: 3 })
    if (smoothing > 0) series.push({ ...line, label: w('curves.raw'), values: raw, width: 1, alpha: 0.4 })
    if (curve.bucketRounds > 1)
      area(
        { ...line, label: w('curves.highest'), values: valuesAt(points, rounds, ({ max }) => max), width: 1 },
        { ...line, label: w('curves.lowest'), values: valuesAt(points, rounds, ({ min }) => min), width: 1 },
      )
  }
  if (isBand) {
    const at = (column: readonly number[]) => columnAt(band.rounds, column, rounds)
    const spansGaps = (curve?.bucketRounds ?? 1) > 1
    const worst = at(isShare(name) ? band.min : band.max)
    series.push({ label: w('curves.worst'), values: worst, colour: '--phase-3', width: 1, dash: [6, 4], spansGaps })
    const grey = { colour: '--phase-5', width: 1, spansGaps }
    area({ ...grey, label: 'p90', values: at(band.high) }, { ...grey, label: 'p10', values: at(band.low) })
  }
  if (client !== undefined)
    series.push({
      label: clients,
      values: smoothedCurve(client, rounds, smoothing),
      colour: '--phase-2',
      width: 2,
      dash: [8, 3],
      spansGaps: client.bucketRounds > 1,
    })
  return {
    x,
    series,
    bands,
    xLabel: w(`axis.${axis}`),
    isWhole: axis === 'round' || axis === 'epochs',
    isLogarithmic,
    formatY: (value) => formatMetric(name, value, language),
    formatX: (value) => formatX(axis, value, language),
  }
}

/** The server smooths what it sends in buckets, over every round; where every round is here, it is the same sum. */
function smoothedCurve({ bucketRounds, points }: Curve, rounds: readonly number[], factor: number): (number | null)[] {
  const raw = valuesAt(points, rounds, ({ value }) => value)
  if (factor === 0) return raw
  return bucketRounds > 1 ? valuesAt(points, rounds, (point) => point.smoothed) : smoothed(rounds, raw, factor)
}

const formatX = (axis: AxisName, value: number, language: Spoken['language']): string => {
  if (axis === 'time') return formatSeconds(value, language)
  return axis === 'bytes' ? formatBytes(value, language) : formatCount(value, language)
}
