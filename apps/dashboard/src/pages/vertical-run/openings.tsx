import { routes, verticalOpeningsSchema } from '@tributary/protocol'
import { useAsked } from '../../api/queries.ts'
import { formatCount } from '../../format/numbers.ts'
import type { VerticalState } from '../../live-store/index.ts'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'

/**
 * Numbers that the key service opened for each party, against what it may still open: in this run, live, and over all runs that
 * these parties did together, since what can be learned of the same rows adds up.
 */
export function OpeningsTable({ state }: { state: VerticalState }) {
  const { w, language } = useWords()
  const { run } = state
  const everywhere = useAsked(
    verticalOpeningsSchema,
    { path: routes.verticalOpenings(run.id) },
    run.endedAt === null ? { refetchInterval: 5_000 } : {},
  )
  const rows = [...state.openings].sort(([a], [b]) => a.localeCompare(b))
  const count = (value: number) => formatCount(value, language)
  const overRuns = (everywhere.data ?? []).filter((one) => one.overRuns.runs > 0)
  return (
    <section aria-labelledby="openings">
      <h2 id="openings">{w('vertical.openings')}</h2>
      {rows.length === 0 ? <p>{w('vertical.no-openings')}</p> : null}
      <ul className="cards">
        {rows.map(([party, { used, left }]) => (
          <li key={party} className="card">
            <strong>{party}</strong>
            <p>{w('vertical.opened', { used: count(used), quota: count(used + left) })}</p>
            <meter min={0} max={used + left} value={used} aria-label={w('vertical.opened-of', { party })} />
          </li>
        ))}
      </ul>
      <h3>{w('vertical.openings-over-runs')}</h3>
      <p>{w('vertical.openings-add-up')}</p>
      {everywhere.error === null ? null : <Problem error={everywhere.error} />}
      {everywhere.data !== undefined && overRuns.length === 0 ? <p>{w('vertical.no-openings')}</p> : null}
      <ul className="cards">
        {overRuns.map(({ party, overRuns: { runs, numbers, quota } }) => (
          <li key={party} className="card">
            <strong>{party}</strong>
            <p>{w('vertical.opened-over-runs', { used: count(numbers), quota: count(quota), runs })}</p>
            {run.rows === null ? null : <p>{w('vertical.opened-at-rows', { rows: count(run.rows) })}</p>}
            <meter min={0} max={quota} value={numbers} aria-label={w('vertical.opened-over-runs-of', { party })} />
          </li>
        ))}
      </ul>
    </section>
  )
}
