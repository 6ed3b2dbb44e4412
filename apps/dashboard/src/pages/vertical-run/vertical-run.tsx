import { type RunId, routes, runIdSchema, verticalPartySchema } from '@tributary/protocol'
import { useParams } from 'react-router'
import { z } from 'zod'
import { useAsked } from '../../api/queries.ts'
import { useTitle } from '../../app/title.ts'
import { formatBytes, formatCount, formatNumber, NONE } from '../../format/numbers.ts'
import { useVerticalRun } from '../../live/use-vertical-run.ts'
import type { VerticalState } from '../../live-store/index.ts'
import { ConnectionMark } from '../../widgets/connection-mark.tsx'
import { Duration } from '../../widgets/duration.tsx'
import { Fact } from '../../widgets/fact.tsx'
import { Opening } from '../../widgets/opening.tsx'
import { PhaseBadge } from '../../widgets/phase.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'
import NotFound from '../not-found.tsx'
import { SightTable } from '../run/privacy/sight-table.tsx'
import { verticalSights } from '../run/privacy/who-sees-what.ts'
import { AuditHeads } from './audit-heads.tsx'
import { Lanes } from './lanes.tsx'
import { LossCurve } from './loss-curve.tsx'
import { OpeningsTable } from './openings.tsx'
import { Parameters } from './parameters.tsx'
import { Terms } from './terms.tsx'
import { VerticalActions } from './vertical-actions.tsx'

/** A vertical run, live: roles, alignment, loss, what goes over which lane, parameters, openings, audit. */
export default function VerticalRunPage() {
  const id = runIdSchema.safeParse(useParams().id)
  return id.success ? <OneRun key={id.data} id={id.data} /> : <NotFound />
}

function OneRun({ id }: { id: RunId }) {
  const { w, language } = useWords()
  const { view } = useVerticalRun(id)
  const { state } = view
  useTitle(state?.run.name ?? w('run.title'))
  if (state === null) return <Opening title={w('run.title')} error={view.error} />
  const { run } = state
  return (
    <div className="stack">
      <section className="card stack" aria-label={w('run.state')}>
        <div className="row spread">
          <div className="row">
            <h1>{run.name}</h1>
            <PhaseBadge phase={run.phase} />
          </div>
          <ConnectionMark view={view} isOver={run.endedAt !== null} />
        </div>
        {run.failure === null ? null : <Problem error={run.failure} />}
        <dl className="facts">
          <Fact name={w('vertical.task')}>
            {run.settings.task} · {run.settings.optimiser.name}
          </Fact>
          <Fact name={w('vertical.step')}>{run.step ?? NONE}</Fact>
          <Fact name={w('metric.loss')}>{formatNumber(run.f, language)}</Fact>
          <Fact name={w('run.duration')}>
            <Duration from={run.startedAt} to={run.endedAt} />
          </Fact>
          <Fact name={w('run.bytes')}>{formatBytes(run.bytes, language)}</Fact>
          <Fact name={w('run.owner')}>{run.createdBy}</Fact>
        </dl>
        <VerticalActions run={run} />
      </section>
      {run.phase === 'proposed' || run.phase === 'approving' ? <Terms run={run} /> : null}
      <div className={view.isStale ? 'stack stale' : 'stack'}>
        <Roles state={state} />
        <section aria-labelledby="alignment">
          <h2 id="alignment">{w('vertical.alignment')}</h2>
          <p>{w('vertical.psi')}</p>
          <p>
            {run.rows === null ? w('vertical.not-aligned') : w('vertical.aligned', { rows: formatCount(run.rows, language) })}{' '}
            {w('vertical.no-ids')}
          </p>
        </section>
        <LossCurve state={state} />
        <Lanes state={state} />
        <OpeningsTable state={state} />
        <Parameters run={run} />
        <AuditHeads state={state} />
        <section className="stack" aria-labelledby="sights">
          <h2 id="sights">{w('privacy.title')}</h2>
          <SightTable rows={verticalSights(run.settings)} />
        </section>
      </div>
    </div>
  )
}

/** A, B and C: who operates it, whether it is there, what it holds by count, and its key's fingerprint. */
function Roles({ state: { run } }: { state: VerticalState }) {
  const { w, language } = useWords()
  const parties = useAsked(z.array(verticalPartySchema), { path: routes.parties(run.federation) }, { refetchInterval: 5_000 })
  const online = new Map((parties.data ?? []).map((party) => [party.name as string, party.online]))
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">{w('vertical.roles')}</h2>
      <ul className="cards">
        {run.parties.map((party) => (
          <li key={party.name} className="card">
            <h3>{party.name}</h3>
            <p>{w(`vertical.role.${party.role}`)}</p>
            <p>
              {online.get(party.name) === true ? `● ${w('members.online')}` : `○ ${w('members.offline')}`} ·{' '}
              {w(party.approved ? 'vertical.approved' : party.consented ? 'vertical.consented' : 'vertical.not-approved')}
            </p>
            <dl className="facts">
              <Fact name={w('vertical.rows')}>{formatCount(party.rows, language)}</Fact>
              <Fact name={w('vertical.features')}>{formatCount(party.features, language)}</Fact>
              <Fact name={w('members.sent')}>{formatBytes(party.bytesSent, language)}</Fact>
              <Fact name={w('vertical.fingerprint')}>
                <code>{party.fingerprint.slice(0, 16)}</code>
              </Fact>
            </dl>
          </li>
        ))}
      </ul>
    </section>
  )
}
