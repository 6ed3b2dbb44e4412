import { spreadOf } from '@tributary/protocol'
import { Link } from 'react-router'
import { useAddress } from '../../app/address.ts'
import { formatBytes, formatDifference, formatMetric, isShare, NONE } from '../../format/numbers.ts'
import { formatSeconds, secondsBetween } from '../../format/times.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Choice } from '../../widgets/look.tsx'
import { metricTitle } from '../../widgets/metric-title.ts'
import { PhaseBadge } from '../../widgets/phase.tsx'
import { useTyped } from '../../widgets/typed.ts'
import { useWords } from '../../words/words.ts'
import type { Compared } from './compare.tsx'
import { bySeed, flatten } from './differences.ts'
import { reachedAt } from './reached.ts'

/** Results against a baseline, what it took to reach a target, and seeds as mean and range over all of them. */
export function ComparedTable({ runs }: { runs: readonly Compared[] }) {
  const { w, language } = useWords()
  const [search, set] = useAddress()
  const metrics = [...new Set(runs.flatMap(({ curves }) => curves.map(({ name }) => name)))].sort()
  const metric = metrics.find((name) => name === search.get('metric')) ?? metrics[0] ?? 'accuracy'
  const baseline = runs.find(({ run }) => run.id === search.get('baseline')) ?? runs[0]
  const target = search.get('target') === null || search.get('target') === '' ? null : Number(search.get('target'))
  const typedTarget = useTyped(search.get('target') ?? '', (text) => set({ target: text }))
  const last = ({ curves }: Compared) => curves.find(({ name }) => name === metric)?.points.at(-1)?.value ?? null
  const base = baseline === undefined ? null : last(baseline)
  const groups = bySeed(runs, ({ run }) => flatten(run.config)).filter((group) => group.length > 1)
  return (
    <section className="stack" aria-label={w('compare.results')}>
      <div className="row">
        <Choice
          label={w('compare.metric')}
          value={metric}
          options={metrics.map((name) => [name, metricTitle(w, name)] as const)}
          onChange={(name) => set({ metric: name })}
        />
        <Choice
          label={w('compare.baseline')}
          value={baseline?.run.id ?? ''}
          options={runs.map(({ run }) => [run.id as string, run.name] as const)}
          onChange={(id) => set({ baseline: id })}
        />
        <label className="field">
          <span>{w(isShare(metric) ? 'compare.target-share' : 'compare.target')}</span>
          <input className="input" type="number" step="any" {...typedTarget} />
        </label>
      </div>
      <Listing
        label={w('compare.results')}
        columns={[
          w('runs.name'),
          w('members.state'),
          metricTitle(w, metric),
          w('compare.delta'),
          w('compare.reached'),
          w('run.duration'),
          w('run.bytes'),
        ]}
      >
        {runs.map((one) => {
          const { run, lines, curves } = one
          const value = last(one)
          const source = { lines, startedAt: run.startedAt, epochsPerRound: run.config.training.epochs }
          const points = curves.find(({ name }) => name === metric)?.points ?? []
          const reached = target === null || !Number.isFinite(target) ? null : reachedAt(points, target, isShare(metric), source)
          return (
            <tr key={run.id}>
              <th scope="row">
                <Link to={`/runs/${run.id}`}>{run.name}</Link>
              </th>
              <td>
                <PhaseBadge phase={run.phase} />
              </td>
              <td>{formatMetric(metric, value, language)}</td>
              <td>{one === baseline ? w('compare.is-baseline') : formatDifference(metric, value, base, language)}</td>
              <td>
                {reached === null
                  ? NONE
                  : w('compare.reached-at', {
                      round: reached.round,
                      time: formatSeconds(reached.seconds, language),
                      bytes: formatBytes(reached.bytes, language),
                    })}
              </td>
              <td>{formatSeconds(secondsBetween(run.startedAt, run.endedAt, Date.now()), language)}</td>
              <td>{formatBytes(run.bytesUp + run.bytesDown, language)}</td>
            </tr>
          )
        })}
      </Listing>
      {groups.map((group) => {
        const spread = spreadOf(group.flatMap((one) => last(one) ?? []))
        return spread === null ? null : (
          <p key={group[0]?.run.id}>
            {w('compare.seeds', {
              count: spread.count,
              names: group.map(({ run }) => run.name).join(', '),
              mean: formatMetric(metric, spread.mean, language),
              low: formatMetric(metric, spread.min, language),
              high: formatMetric(metric, spread.max, language),
            })}
          </p>
        )
      })}
    </section>
  )
}
