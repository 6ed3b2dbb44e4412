import type { MetricSpread } from '@tributary/protocol'
import { useCallback, useMemo, useState } from 'react'
import { type AxisSource, axisOf } from '../../charts/curve-data.ts'
import { CurveFigure } from '../../charts/curve-figure.tsx'
import type { PlotRange } from '../../charts/line-plot.ts'
import { formatMetric } from '../../format/numbers.ts'
import { type ClientValues, type Curve, spreadCurve } from '../../live-store/index.ts'
import { metricTitle } from '../../widgets/metric-title.ts'
import { useWords } from '../../words/words.ts'
import { type RoundRange, useClientCurve, useFinerCurve, useFinerSpread } from './curve-window.ts'
import type { CurveView } from './curves.tsx'
import { metricContent } from './metric-content.ts'

interface MetricFigureProps {
  readonly run: string
  readonly name: string
  readonly curve: Curve | undefined
  readonly spread: MetricSpread | undefined
  readonly values: ReturnType<ClientValues['get']>
  readonly source: AxisSource
  readonly look: CurveView
}

/** One metric of a run. What is zoomed into is brought as fine as it is there. */
export function MetricFigure({ run, name, curve, spread, values, source, look }: MetricFigureProps) {
  const spoken = useWords()
  const { w, language } = spoken
  const [range, setRange] = useState<RoundRange | null>(null)
  const place = useMemo(() => axisOf(look.axis, source), [look.axis, source])
  const onZoom = useCallback(
    (seen: PlotRange | null) => setRange(seen === null ? null : roundsWithin(seen, curve, place)),
    [curve, place],
  )
  const window = { run, name, range, smoothing: look.smoothing }
  const shown = useFinerCurve(window, curve)
  const past = useFinerSpread(window, spread)
  const band = useMemo(() => spreadCurve(past, values), [past, values])
  const client = look.clients === 'band' || look.clients === 'none' ? null : look.clients
  const own = useClientCurve(window, client, band.rounds.at(-1) ?? 0)
  const content = useMemo(
    () => metricContent({ name, place, look, curve: shown, band, client: own }, { w, language }),
    [name, place, look, shown, band, own, w, language],
  )
  const latest = curve?.points.at(-1)
  const size = shown?.bucketRounds ?? 1
  return (
    <CurveFigure
      title={metricTitle(w, name)}
      name={name}
      content={content}
      {...(size > 1 ? { note: w('curves.bucketed', { count: size }) } : {})}
      onZoom={onZoom}
      latest={
        latest === undefined
          ? w('curves.points', { points: content.x.length })
          : w('curves.latest', { value: formatMetric(name, latest.value, language), round: latest.round })
      }
    />
  )
}

/** The rounds of a part of the axis, and a point more at each end, so that lines go on to the edges. */
function roundsWithin(
  { min, max }: PlotRange,
  curve: Curve | undefined,
  place: (round: number) => number | null,
): RoundRange | null {
  const points = (curve?.points ?? []).map(({ round }) => ({ round, at: place(round) }))
  const before = points.findLast(({ at }) => at !== null && at <= min)
  const after = points.find(({ at }) => at !== null && at >= max)
  const last = points.at(-1)
  return last === undefined ? null : { from: before?.round ?? 0, to: after?.round ?? last.round }
}
