import { memo } from 'react'
import styles from './legend.module.css'
import type { PlotContent, PlotSeries } from './line-plot.ts'
import { lookOf } from './plot-look.ts'

type LegendProps = Pick<PlotContent, 'series' | 'bands'>

interface Entry {
  readonly look: PlotSeries
  readonly isArea: boolean
  readonly labels: string[]
}

const WIDTH = 28
const HEIGHT = 12

/** Which line is what; nothing where there is one line only, which the title names. Lines of one look share an entry. */
export const LineLegend = memo(
  function LineLegend({ series, bands }: LegendProps) {
    if (series.length < 2) return null
    return (
      <ul className={styles.legend}>
        {entriesOf({ series, bands }).map(({ look, isArea, labels }) => (
          <li key={labels.join()}>
            <Sample look={look} isArea={isArea} /> {labels.join(isArea ? ' – ' : ', ')}
          </li>
        ))}
      </ul>
    )
  },
  // Values come many times in a second and change no look.
  (before, after) => lookOf(before) === lookOf(after),
)

function Sample({ look: { colour, width, dash = [], alpha = 1 }, isArea }: Omit<Entry, 'labels'>) {
  const stroke = `var(${colour})`
  return (
    <svg className={styles.sample} width={WIDTH} height={HEIGHT} aria-hidden="true" opacity={alpha}>
      {isArea ? (
        <rect width={WIDTH} height={HEIGHT} fill={stroke} fillOpacity={0.22} stroke={stroke} />
      ) : (
        <line
          x2={WIDTH}
          y1={HEIGHT / 2}
          y2={HEIGHT / 2}
          stroke={stroke}
          strokeWidth={Math.max(2, width)}
          strokeDasharray={dash.join(' ')}
        />
      )}
    </svg>
  )
}

export function entriesOf({ series, bands }: LegendProps): Entry[] {
  const entries = new Map<string, Entry>()
  for (const [at, look] of series.entries()) {
    const band = bands.findIndex(({ upper, lower }) => upper === at || lower === at)
    const { label, values: _, ...drawn } = look
    const key = band < 0 ? JSON.stringify(drawn) : `area ${band}`
    const entry = entries.get(key) ?? { look, isArea: band >= 0, labels: [] }
    // An area is read from its lower line to its upper one.
    if (band >= 0 && bands[band]?.lower === at) entry.labels.unshift(label)
    else entry.labels.push(label)
    entries.set(key, entry)
  }
  return [...entries.values()]
}
