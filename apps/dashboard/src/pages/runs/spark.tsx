import { metricSeriesSchema, type Run, routes } from '@tributary/protocol'
import { z } from 'zod'
import { useAsked } from '../../api/queries.ts'
import { formatMetric, isShare, NONE } from '../../format/numbers.ts'
import { useInSight } from '../../widgets/in-sight.ts'
import { useWords } from '../../words/words.ts'
import styles from './runs.module.css'

/** A run's main metric as a small line, with its best value in words. Asked for when the row is in sight. */
export function Spark({ run }: { run: Run }) {
  const { w, language } = useWords()
  const [place, wasSeen] = useInSight<HTMLSpanElement>()
  const name = 'accuracy' in run.metrics ? 'accuracy' : (Object.keys(run.metrics)[0] ?? null)
  const query = { name: name ?? '', scope: 'global', buckets: 40 }
  const series = useAsked(
    z.array(metricSeriesSchema),
    { path: routes.runMetrics(run.id), query },
    { enabled: name !== null && wasSeen, ...(run.endedAt === null ? { refetchInterval: 10_000 } : {}) },
  )
  const buckets = series.data?.[0]?.buckets ?? []
  const values = buckets.map(({ last }) => last)
  if (name === null || values.length === 0) return <span ref={place}>{NONE}</span>
  const best = isShare(name) ? Math.max(...buckets.map(({ max }) => max)) : Math.min(...buckets.map(({ min }) => min))
  return (
    <span ref={place} className="row">
      <svg className={styles.spark} viewBox="0 0 80 24" preserveAspectRatio="none" aria-hidden="true">
        <polyline points={pointsOf(values)} />
      </svg>
      <span>{w('runs.best', { value: formatMetric(name, best, language) })}</span>
    </span>
  )
}

function pointsOf(values: readonly number[]): string {
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const step = 80 / Math.max(1, values.length - 1)
  return values.map((value, index) => `${index * step},${22 - (20 * (value - low)) / span}`).join(' ')
}
