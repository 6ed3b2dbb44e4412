import '../../style/theme.css'
import '../../style/base.css'
import '../../style/controls.css'
import { I18nProvider } from '@lingui/react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { applyTheme } from '../../style/preferences.ts'
import { i18n, speak } from '../../words/words.ts'
import { CurveFigure } from '../curve-figure.tsx'
import type { PlotContent } from '../line-plot.ts'

/*
 * A page in the place of the dashboard, for measurements: the product's own chart with curves that are added to.
 */

interface LiveCurves {
  /** Adds a point to each curve, and the chart is told. @returns milliseconds until the chart had it, before it is painted */
  append(): number
  readonly points: number
}
declare global {
  interface Window {
    liveCurves: LiveCurves
  }
}

const SERIES = 20
const POINTS = 5_000

const valueAt = (series: number, x: number) => Math.exp(-x / 2_000) * (1 + series / 10) + 0.05 * Math.sin(x / 7 + series)
let x = Array.from({ length: POINTS }, (_, at) => at)
let values = Array.from({ length: SERIES }, (_, series) => x.map((at) => valueAt(series, at)))

/** As runs are compared: of more than five one is in focus, the others are thin. */
const content = (): PlotContent => ({
  x,
  series: values.map((own, at) => ({
    label: `curve ${at}`,
    values: own,
    colour: at === 0 ? '--phase-1' : '--phase-5',
    width: at === 0 ? 2 : 1,
  })),
  bands: [],
  xLabel: 'step',
  isLogarithmic: false,
  formatX: String,
  formatY: (value) => value.toPrecision(3),
})

applyTheme('light', false)
const place = document.getElementById('app')
if (place === null) throw new Error('index.html has no #app')
await speak('en')
const root = createRoot(place)
const render = () =>
  flushSync(() =>
    root.render(
      <I18nProvider i18n={i18n}>
        <main>
          <CurveFigure title="Live curves" name="live" latest="" content={content()} />
        </main>
      </I18nProvider>,
    ),
  )
render()

window.liveCurves = {
  append: () => {
    const began = performance.now()
    // As the live store does it: what was shown is never changed.
    const at = x.length
    x = [...x, at]
    values = values.map((own, series) => [...own, valueAt(series, at)])
    render()
    return performance.now() - began
  },
  get points() {
    return x.length
  },
}
