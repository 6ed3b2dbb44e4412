import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { lookOf } from './plot-look.ts'
import { drawThin } from './thin-path.ts'

/* The one file that knows uPlot. */

export interface PlotSeries {
  readonly label: string
  /** A value for each x; null is a gap and stays one. */
  readonly values: readonly (number | null)[]
  /** Name of a custom property, as `--phase-1`. */
  readonly colour: string
  readonly width: number
  readonly dash?: readonly number[]
  readonly alpha?: number
  /** Draws over places without a value, where series have their points at different places. */
  readonly spansGaps?: boolean
}

export interface PlotContent {
  readonly x: readonly number[]
  readonly series: readonly PlotSeries[]
  /** Area between two of the series, by index. */
  readonly bands: readonly { readonly upper: number; readonly lower: number; readonly colour: string }[]
  readonly xLabel: string
  readonly isLogarithmic: boolean
  /** Another theme has other colours. */
  readonly theme?: string
  /** Rounds and epochs are whole numbers, so are their ticks. */
  readonly isWhole?: boolean
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
}

/** What is seen of the x axis, when it is not all. */
export interface PlotRange {
  readonly min: number
  readonly max: number
}

export interface PlotListener {
  /** The pointer is at this x, or away. */
  onPoint(x: number | null): void
  /** Another part of the x axis is seen; null: all of it. */
  onZoom(range: PlotRange | null): void
}

export interface LinePlot {
  /** With `range`, that part of the x axis alone. */
  show(content: PlotContent, range: PlotRange | null): void
  /** Moves the cursor to an index of x, or away. */
  point(index: number | null): void
  resize(width: number, height: number): void
  picture(): Promise<Blob | null>
  destroy(): void
}

const WHOLE = [1, 2, 5].flatMap((one) => [0, 1, 2, 3, 4, 5, 6].map((power) => one * 10 ** power)).sort((a, b) => a - b)
const FONT = '12px system-ui, sans-serif'

/** A plot in `place`. Colours are read anew with another theme. */
export function linePlot(place: HTMLElement, width: number, height: number, listener: PlotListener): LinePlot {
  let plot: uPlot | null = null
  let shape = ''
  let size = { width, height }
  let isShowing = false
  // Only what a person does is told, not what `show` sets.
  const tell: PlotListener = {
    onPoint: (x) => listener.onPoint(x),
    onZoom: (range) => {
      if (!isShowing) listener.onZoom(range)
    },
  }
  return {
    show: (content, range) => {
      // uPlot reads its data and changes none of it: a copy of a hundred thousand numbers for each point would be felt.
      const data = [content.x, ...content.series.map(({ values }) => values)] as unknown as uPlot.AlignedData
      const nextShape = shapeOf(content)
      isShowing = true
      if (plot === null || nextShape !== shape) {
        plot?.destroy()
        shape = nextShape
        plot = new uPlot(optionsOf(content, size, tell), data, place)
      } else plot.setData(data, range === null)
      if (range !== null) {
        // In this order: to draw anew with its axes would take the range back.
        plot.redraw(true, false)
        plot.setScale('x', { min: range.min, max: range.max })
      }
      // uPlot sets scales in a microtask of its own, which is before this one.
      queueMicrotask(() => {
        isShowing = false
      })
    },
    point: (index) => {
      const x = index === null ? undefined : plot?.data[0][index]
      if (plot === null || x === undefined) return plot?.setCursor({ left: -10, top: -10 }, false)
      plot.setCursor({ left: plot.valToPos(x, 'x'), top: plot.bbox.height / devicePixelRatio / 2 }, false)
    },
    resize: (nextWidth, nextHeight) => {
      size = { width: nextWidth, height: nextHeight }
      plot?.setSize(size)
    },
    picture: () => new Promise((resolve) => (plot === null ? resolve(null) : plot.ctx.canvas.toBlob(resolve))),
    destroy: () => plot?.destroy(),
  }
}

/** What setData cannot change. */
const shapeOf = (content: PlotContent) =>
  JSON.stringify([lookOf(content), content.isLogarithmic, content.xLabel, content.theme ?? ''])

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function optionsOf(
  content: PlotContent,
  size: { width: number; height: number },
  { onPoint, onZoom }: PlotListener,
): uPlot.Options {
  const grid = { stroke: colour('--line'), width: 1 }
  const axis = { stroke: colour('--quiet'), font: FONT, grid, ticks: grid }
  return {
    ...size,
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: true } },
    scales: { x: { time: false }, y: content.isLogarithmic ? { distr: 3 } : {} },
    axes: [
      {
        ...axis,
        label: content.xLabel,
        labelFont: FONT,
        labelSize: 20,
        size: 34,
        ...(content.isWhole === true ? { incrs: WHOLE } : {}),
        values: (_, ticks) => ticks.map(content.formatX),
      },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : content.formatY(tick))) },
    ],
    series: [
      {},
      ...content.series.map(
        ({ label, colour: name, width, dash, alpha = 1, spansGaps = false }, at): uPlot.Series => ({
          label,
          stroke: colour(name),
          width,
          alpha,
          spanGaps: spansGaps,
          // An area lies between paths of uPlot's own.
          ...(content.bands.some(({ upper, lower }) => upper === at || lower === at) ? {} : { paths: thinPaths }),
          points: { show: content.x.length < 60, size: 4 },
          ...(dash === undefined ? {} : { dash: [...dash] }),
        }),
      ),
    ],
    bands: content.bands.map(({ upper, lower, colour: name }) => ({
      series: [upper + 1, lower + 1] as [number, number],
      fill: `color-mix(in srgb, ${colour(name)} 22%, transparent)`,
    })),
    hooks: {
      setCursor: [({ cursor: { idx }, data: [x] }) => onPoint((idx == null ? null : x[idx]) ?? null)],
      setScale: [
        ({ scales, data: [x] }, scale) => {
          const { min, max } = scales[scale] ?? {}
          if (scale !== 'x' || min == null || max == null) return
          const isAll = min <= (x[0] ?? min) && max >= (x.at(-1) ?? max)
          onZoom(isAll ? null : { min, max })
        },
      ],
    },
  }
}

const linear = uPlot.paths.linear?.() ?? null
/** Points for a pixel from which on not all are drawn. */
const DENSE = 2

/** uPlot's line while its points have room, and a thinner one of the same look beyond. */
function thinPaths(plot: uPlot, index: number, from: number, to: number): uPlot.Series.Paths | null {
  const { left, width } = plot.bbox
  const { min, max } = plot.scales.x ?? {}
  if (min == null || max == null || to - from < DENSE * width) return linear === null ? null : linear(plot, index, from, to)
  const stroke = new Path2D()
  const perUnit = width / (max - min)
  drawThin(stroke, {
    x: plot.data[0],
    y: plot.data[index] ?? [],
    from,
    to,
    toColumn: (x) => Math.round(left + (x - min) * perUnit),
    toRow: (y) => Math.round(plot.valToPos(y, 'y', true)),
    spansGaps: plot.series[index]?.spanGaps === true,
  })
  return { stroke, flags: 1 }
}
