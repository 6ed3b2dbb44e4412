import { useState } from 'react'
import { toggled, useAddress } from '../../app/address.ts'
import { type AxisName, axisNames, axisOf } from '../../charts/curve-data.ts'
import { CurveFigure } from '../../charts/curve-figure.tsx'
import type { PlotContent } from '../../charts/line-plot.ts'
import { formatBytes, formatCount, formatMetric } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import { Choice } from '../../widgets/look.tsx'
import { metricTitle } from '../../widgets/metric-title.ts'
import { type Spoken, useWords } from '../../words/words.ts'
import type { Compared } from './compare.tsx'

const colours = ['--phase-1', '--phase-2', '--phase-3', '--phase-4', '--phase-5'] as const
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4]] as const

const hiddenIn = (search: URLSearchParams) => (search.get('hidden') ?? '').split(',').filter(Boolean)

/** Overlaid curves. Up to five have their own colour and dashes; of more, one is in focus and the rest is grey. */
export function ComparedCurves({ runs }: { runs: readonly Compared[] }) {
  const spoken = useWords()
  const { w } = spoken
  const [search, set] = useAddress()
  const axis = axisNames.find((name) => name === search.get('x')) ?? 'round'
  const hidden = hiddenIn(search)
  const [focus, setFocus] = useState<string>(runs[0]?.run.id ?? '')
  const shown = runs.filter(({ run }) => !hidden.includes(run.id))
  const metrics = [...new Set(runs.flatMap(({ curves }) => curves.map(({ name }) => name)))].sort()
  return (
    <section className="stack" aria-label={w('run.tab.curves')}>
      <div className="row">
        <Choice
          label={w('curves.x')}
          value={axis}
          options={axisNames.map((name) => [name, w(`axis.${name}`)] as const)}
          onChange={(name) => set({ x: name })}
        />
        {shown.length > colours.length ? (
          <Choice
            label={w('compare.focus')}
            value={focus}
            options={shown.map(({ run }) => [run.id as string, run.name] as const)}
            onChange={setFocus}
          />
        ) : null}
        {runs.map(({ run }) => (
          <label key={run.id} className="row">
            <input
              type="checkbox"
              checked={!hidden.includes(run.id)}
              onChange={() => set((now) => ({ hidden: toggled(hiddenIn(now), run.id).join(',') }))}
            />
            {run.name}
          </label>
        ))}
      </div>
      {metrics.map((name) => (
        <CurveFigure
          key={name}
          name={name}
          title={metricTitle(w, name)}
          latest=""
          content={contentOf(name, shown, axis, focus, spoken)}
        />
      ))}
    </section>
  )
}

function contentOf(
  name: string,
  shown: readonly Compared[],
  axis: AxisName,
  focus: string,
  { w, language }: Spoken,
): PlotContent {
  const isMany = shown.length > colours.length
  const overlaid = shown.map(({ run, lines, curves }) => {
    const points = curves.find((curve) => curve.name === name)?.points ?? []
    const place = axisOf(axis, { lines, startedAt: run.startedAt, epochsPerRound: run.config.training.epochs })
    return { run, at: new Map(points.map(({ round, value }) => [place(round), value])) }
  })
  const x = [...new Set(overlaid.flatMap(({ at }) => [...at.keys()]))].filter((one) => one !== null).sort((a, b) => a - b)
  return {
    x,
    bands: [],
    xLabel: w(`axis.${axis}`),
    isWhole: axis === 'round' || axis === 'epochs',
    isLogarithmic: false,
    formatY: (value) => formatMetric(name, value, language),
    formatX: (value) =>
      axis === 'time'
        ? formatSeconds(value, language)
        : axis === 'bytes'
          ? formatBytes(value, language)
          : formatCount(value, language),
    series: overlaid.map(({ run, at }, index) => ({
      label: run.name,
      values: x.map((one) => at.get(one) ?? null),
      colour: isMany ? (run.id === focus ? '--phase-1' : '--phase-5') : (colours[index] ?? '--phase-5'),
      width: isMany && run.id !== focus ? 1 : 2,
      dash: [...(isMany ? [] : (dashes[index] ?? []))],
      // Runs have points at different places; a line goes through them all.
      spansGaps: true,
    })),
  }
}
