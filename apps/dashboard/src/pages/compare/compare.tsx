import { useQueries } from '@tanstack/react-query'
import { type MetricSpread, type RoundLine, type Run, routes } from '@tributary/protocol'
import { Link, useSearchParams } from 'react-router'
import { fetchCurves, fetchRoundColumns, fetchRun, fetchSpreads } from '../../api/queries.ts'
import { useTitle } from '../../app/title.ts'
import { type Curve, curveOf, lineOf } from '../../live-store/index.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { Loading } from '../../widgets/waiting.tsx'
import { useWords } from '../../words/words.ts'
import { ComparedCurves } from './compared-curves.tsx'
import { ComparedTable } from './compared-table.tsx'
import { Differences } from './differences-table.tsx'

export interface Compared {
  readonly run: Run
  readonly lines: readonly RoundLine[]
  readonly curves: readonly Curve[]
}

const MOST = 20

/** Runs beside each other: curves, results against a baseline, and only what differs in their settings. */
export default function Compare() {
  const { w } = useWords()
  useTitle(w('compare.title'))
  const { caller } = useSignedIn()
  const [search] = useSearchParams()
  const ids = [...new Set((search.get('runs') ?? '').split(',').filter((id) => id !== ''))].slice(0, MOST)
  const answers = useQueries({
    queries: ids.map((id) => ({
      queryKey: [routes.run(id), 'compared'],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Compared> => {
        const [run, columns, series] = await Promise.all([
          fetchRun(caller, id, signal),
          fetchRoundColumns(caller, id, 'none', signal),
          fetchCurves(caller, id, { scope: 'global' }, signal),
        ])
        const curves = series.length > 0 ? series.map(curveOf) : (await fetchSpreads(caller, id, {}, signal)).map(meanOfClients)
        const open = columns.newest?.closedAt === null ? [lineOf(columns.newest)] : []
        return { run, lines: [...columns.rounds, ...open], curves }
      },
    })),
  })
  const error = answers.find((answer) => answer.error !== null)?.error
  const runs = answers.flatMap(({ data }) => data ?? [])
  if (ids.length === 0) {
    return (
      <>
        <h1>{w('compare.title')}</h1>
        <p>
          <Link to="/runs">{w('compare.choose')}</Link>
        </p>
      </>
    )
  }
  return (
    <div className="stack">
      <h1>{w('compare.title')}</h1>
      {error == null ? null : <Problem error={error} />}
      {runs.length === 0 && error == null ? <Loading /> : null}
      {runs.length === 0 ? null : (
        <>
          <ComparedTable runs={runs} />
          <ComparedCurves runs={runs} />
          <Differences runs={runs} />
        </>
      )}
    </div>
  )
}

/** A coordinator without test data measures nothing itself: then the clients' mean stands for the run. */
const meanOfClients = ({ name, bucketRounds, rounds, mean, min, max }: MetricSpread): Curve => ({
  name,
  bucketRounds,
  points: rounds.map((round, index) => {
    const value = mean[index] ?? Number.NaN
    return { round, value, min: min[index] ?? value, max: max[index] ?? value, count: 1 }
  }),
})
