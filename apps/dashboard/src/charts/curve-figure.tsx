import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { toCsv } from '../format/csv.ts'
import { saveFile, saveText } from '../widgets/save-file.ts'
import { focusable } from '../widgets/scroll-area.tsx'
import { useWords } from '../words/words.ts'
import styles from './curve-figure.module.css'
import { LineLegend } from './line-legend.tsx'
import { type LinePlot, linePlot, type PlotContent, type PlotRange } from './line-plot.ts'
import { PagedTable } from './paged-table.tsx'

export interface CurveFigureProps {
  /** Words: "Accuracy". */
  readonly title: string
  /** File name without ending. */
  readonly name: string
  readonly content: PlotContent
  /** The latest value in words. */
  readonly latest: string
  /** What is said below the chart of what it shows. */
  readonly note?: string
  /** Told of the part of the x axis that is seen, so that finer points can be brought; null: all of it. */
  readonly onZoom?: (range: PlotRange | null) => void
}

const HEIGHT = 260
const READ_MS = 300
/** Charts are painted four times in a second at most: eyes need no more, and a page has several. */
const PAINT_MS = 250

/** A chart that can be read by eye, by keys and as a table. */
export function CurveFigure({ title, name, content, latest, note, onZoom }: CurveFigureProps) {
  const { w } = useWords()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<LinePlot | null>(null)
  /** Where it is read: a place on the x axis, which stays when other points are brought. */
  const [at, setAt] = useState<number | null>(null)
  const [series, setSeries] = useState(0)
  const [isTable, setTable] = useState(false)
  const [range, setRange] = useState<PlotRange | null>(null)
  const captionId = useId()
  const theme = useTheme()

  useEffect(() => {
    const element = place.current
    if (element === null) return
    focusable(element)
    const made = linePlot(element, element.clientWidth, HEIGHT, { onPoint: setAt, onZoom: setRange })
    plot.current = made
    const watch = new ResizeObserver(() => made.resize(element.clientWidth, HEIGHT))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [])
  const paint = usePaced(PAINT_MS)
  useEffect(() => {
    paint(() => plot.current?.show({ ...content, theme }, range))
  }, [paint, content, theme, range])
  /** While a part is seen, only its points may be here. */
  const whole = useRef<PlotRange>({ min: 0, max: 0 })
  useEffect(() => {
    const [min = 0] = content.x
    if (range === null) whole.current = { min, max: content.x.at(-1) ?? min }
  }, [content, range])
  const told = useRef<PlotRange | null>(null)
  useEffect(() => {
    if (told.current === range) return
    told.current = range
    onZoom?.(range)
  }, [range, onZoom])

  const last = content.x.length - 1
  const point = at === null ? null : nearest(content.x, at)
  const shown = content.series[Math.min(series, content.series.length - 1)]
  const read = (index: number | null): string => {
    const x = index === null ? undefined : content.x[index]
    if (index === null || x === undefined || shown === undefined) return ''
    const value = shown.values[index]
    const words = value === null || value === undefined ? w('chart.no-value') : content.formatY(value)
    return `${content.xLabel} ${content.formatX(x)}, ${shown.label}: ${words}`
  }
  const go = (index: number | null) => {
    const next = index === null ? null : Math.max(0, Math.min(last, index))
    setAt(next === null ? null : (content.x[next] ?? null))
    plot.current?.point(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const lines = content.series.length
    const moves = new Map<string, () => void>([
      ['ArrowRight', () => go((point ?? -1) + 1)],
      ['ArrowLeft', () => go((point ?? last + 1) - 1)],
      ['Home', () => go(0)],
      ['End', () => go(last)],
      ['Escape', () => (range === null ? go(null) : setRange(null))],
      ['+', () => setRange(zoomed(whole.current, range, at, 1 / 2))],
      ['-', () => setRange(zoomed(whole.current, range, at, 2))],
      ['ArrowUp', () => setSeries((now) => (now + lines - 1) % lines)],
      ['ArrowDown', () => setSeries((now) => (now + 1) % lines)],
    ])
    const move = moves.get(event.key)
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    move()
  }
  const savePicture = async () => {
    const picture = await plot.current?.picture()
    if (picture != null) saveFile(`${name}.png`, picture)
  }
  const said = useDelayed(read(point), READ_MS)
  const head = [content.xLabel, ...content.series.map(({ label }) => label)]
  const rowAt = (index: number) => [content.x[index] ?? null, ...content.series.map(({ values }) => values[index] ?? null)]

  return (
    <figure className={styles.figure} aria-labelledby={captionId}>
      <figcaption id={captionId} className="row spread">
        <strong>{title}</strong>
        <span className="number">{latest}</span>
      </figcaption>
      <LineLegend series={content.series} bands={content.bands} />
      <div
        ref={place}
        className={styles.surface}
        role="application"
        aria-roledescription={w('chart.role')}
        aria-label={w('chart.how', { title })}
        onKeyDown={onKeyDown}
      />
      {note === undefined ? null : <p className="quiet">{note}</p>}
      <div className="row">
        <button type="button" className="button" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
          {w('chart.table')}
        </button>
        <button
          type="button"
          className="button"
          onClick={() =>
            saveText(
              `${name}.csv`,
              'text/csv',
              toCsv(
                head,
                content.x.map((_, index) => rowAt(index)),
              ),
            )
          }
        >
          CSV
        </button>
        <button type="button" className="button" onClick={() => void savePicture()}>
          PNG
        </button>
        <p className={styles.reading} role="status">
          {said}
        </p>
      </div>
      {isTable ? (
        <PagedTable
          caption={title}
          head={head}
          count={content.x.length}
          row={(index) =>
            rowAt(index).map((value, column) =>
              value === null ? '—' : column === 0 ? content.formatX(value) : content.formatY(value),
            )
          }
        />
      ) : null}
    </figure>
  )
}

/** The part of the axis that is `factor` as long, with what is read where it was; null when that is all of it. */
function zoomed(whole: PlotRange, range: PlotRange | null, at: number | null, factor: number): PlotRange | null {
  const { min, max } = range ?? whole
  const fixed = at !== null && at >= min && at <= max ? at : (min + max) / 2
  const next = {
    min: Math.max(whole.min, fixed - (fixed - min) * factor),
    max: Math.min(whole.max, fixed + (max - fixed) * factor),
  }
  if (next.max <= next.min) return range
  return next.min <= whole.min && next.max >= whole.max ? null : next
}

/** Index of the value next to `at` in rising numbers; null without any. */
function nearest(x: readonly number[], at: number): number | null {
  let low = 0
  let high = x.length - 1
  if (high < 0) return null
  while (low < high) {
    const middle = (low + high) >> 1
    if ((x[middle] ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low > 0 && at - (x[low - 1] ?? 0) < (x[low] ?? 0) - at ? low - 1 : low
}

/**
 * Paints in a frame: at once after a pause, otherwise when the pause is over; of what comes meanwhile the newest is painted.
 * @returns a function that takes a painting, which may also run after its component is gone
 */
function usePaced(milliseconds: number): (painting: () => void) => void {
  const last = useRef(Number.NEGATIVE_INFINITY)
  const waiting = useRef<(() => void) | null>(null)
  return useCallback(
    (painting) => {
      const isWaiting = waiting.current !== null
      waiting.current = painting
      if (isWaiting) return
      const inFrame = (now: number) => {
        last.current = now
        const newest = waiting.current
        waiting.current = null
        newest?.()
      }
      const pause = last.current + milliseconds - performance.now()
      setTimeout(() => requestAnimationFrame(inFrame), Math.max(0, pause))
    },
    [milliseconds],
  )
}

/** The theme that is shown; a chart reads its colours anew when it changes. */
export function useTheme(): string {
  const [theme, setTheme] = useState(() => document.documentElement.dataset.theme ?? '')
  useEffect(() => {
    const read = () => setTheme(document.documentElement.dataset.theme ?? '')
    addEventListener('themechange', read)
    return () => removeEventListener('themechange', read)
  }, [])
  return theme
}

/** A text that has stood still for so long: a region that speaks must not stutter. */
function useDelayed(text: string, milliseconds: number): string {
  const [said, setSaid] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), milliseconds)
    return () => clearTimeout(timer)
  }, [text, milliseconds])
  return said
}
