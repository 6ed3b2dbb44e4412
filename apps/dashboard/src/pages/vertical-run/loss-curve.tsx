import { useMemo } from 'react'
import { CurveFigure } from '../../charts/curve-figure.tsx'
import type { PlotContent } from '../../charts/line-plot.ts'
import { formatNumber } from '../../format/numbers.ts'
import type { VerticalState } from '../../live-store/index.ts'
import { useWords } from '../../words/words.ts'

/** The loss by steps; it is painted when a step brings one, not with all else that is heard of the run. */
export function LossCurve({ state: { run, steps } }: { state: VerticalState }) {
  const { w, language } = useWords()
  const content = useMemo<PlotContent>(
    () => ({
      x: steps.map(({ step }) => step),
      series: [{ label: w('metric.loss'), values: steps.map(({ f }) => f), colour: '--phase-1', width: 3 }],
      bands: [],
      isWhole: true,
      xLabel: w('vertical.step'),
      isLogarithmic: false,
      formatX: String,
      formatY: (value) => formatNumber(value, language),
    }),
    [steps, w, language],
  )
  return (
    <CurveFigure
      title={w('vertical.loss')}
      name={`${run.name}-loss`}
      latest={formatNumber(steps.at(-1)?.f, language)}
      content={content}
    />
  )
}
