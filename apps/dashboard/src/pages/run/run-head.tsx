import { Link } from 'react-router'
import { formatBytes, formatMetric } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import { ConnectionMark } from '../../widgets/connection-mark.tsx'
import { Duration } from '../../widgets/duration.tsx'
import { Fact } from '../../widgets/fact.tsx'
import { metricTitle } from '../../widgets/metric-title.ts'
import { useNow } from '../../widgets/now.ts'
import { PhaseBadge } from '../../widgets/phase.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'
import { Diagnosis } from './diagnosis.tsx'
import type { RunParts } from './run-page.tsx'

/** State, round, deadline, what the connection does, and the reason when it failed. */
export function RunHead({ state, view }: RunParts) {
  const { w, language } = useWords()
  const { run, rounds } = state
  const isOver = run.endedAt !== null
  const open = rounds.at(-1)
  const arrived = open?.participants.filter(({ state: part }) => part === 'accepted').length ?? 0
  return (
    <section className="card stack" aria-label={w('run.state')}>
      <div className="row spread">
        <div className="row">
          <h1>{run.name}</h1>
          <PhaseBadge phase={run.phase} />
          {run.pausePending ? <span>{w('run.pause-pending')}</span> : null}
        </div>
        <ConnectionMark view={view} isOver={isOver} />
      </div>
      {run.failure === null ? null : <Problem error={run.failure} names={run.failure.participants} />}
      <dl className="facts">
        <Fact name={w('run.round')}>{w('run.round-of', { round: run.round, rounds: run.config.rounds })}</Fact>
        {run.deadlineAt === null || isOver ? null : (
          <Fact name={w('run.deadline')}>
            <Deadline at={Date.parse(run.deadlineAt)} />
          </Fact>
        )}
        {isOver || open === undefined ? null : (
          <Fact name={w('run.updates')}>{w('run.updates-of', { arrived, asked: open.participants.length })}</Fact>
        )}
        {Object.entries(run.metrics).map(([name, value]) => (
          <Fact key={name} name={metricTitle(w, name)}>
            {formatMetric(name, value, language)}
          </Fact>
        ))}
        <Fact name={w('run.duration')}>
          <Duration from={run.startedAt} to={run.endedAt} />
        </Fact>
        <Fact name={w('run.bytes')}>
          <span className="one-line">↑ {formatBytes(run.bytesUp, language)}</span>{' '}
          <span className="one-line">↓ {formatBytes(run.bytesDown, language)}</span>
        </Fact>
        <Fact name={w('run.model')}>
          {run.config.model.name} · <code title={run.modelSha256}>{run.modelSha256.slice(0, 12)}</code>
        </Fact>
        <Fact name={w('run.owner')}>{run.createdBy}</Fact>
      </dl>
      <div className="row">
        <Diagnosis state={state} view={view} />
        <Link to={`/compare?runs=${run.id}`}>{w('run.compare')}</Link>
        <Link to={`/models?run=${run.id}`}>{w('nav.models')}</Link>
      </div>
    </section>
  )
}

function Deadline({ at }: { at: number }) {
  const { w, language } = useWords()
  const now = useNow(1_000)
  const left = Math.ceil((at - now) / 1000)
  return <>{left > 0 ? formatSeconds(left, language) : w('run.overdue')}</>
}
