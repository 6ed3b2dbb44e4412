import { useQueryClient } from '@tanstack/react-query'
import { type Federation, federationSchema, type Run, routes, type VerticalRun, verticalRunSchema } from '@tributary/protocol'
import { Link } from 'react-router'
import { z } from 'zod'
import { call } from '../../api/call.ts'
import { useAsked, useFederations, useRuns } from '../../api/queries.ts'
import { useTitle } from '../../app/title.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { PhaseBadge } from '../../widgets/phase.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import { FirstAccount } from './first-account.tsx'

const VERTICAL_MS = 10_000

/** Each federation with who is there, what runs and when something last happened. */
export default function Federations() {
  const { w } = useWords()
  useTitle(w('nav.federations'))
  const { session } = useSignedIn()
  const federations = useFederations()
  const runs = useRuns()
  const vertical = useAsked(z.array(verticalRunSchema), { path: routes.verticalRuns }, { refetchInterval: VERTICAL_MS })
  const mayCreate = session.who.allowedActions.includes('createFederation')
  return (
    <div className="stack">
      <h1>{w('nav.federations')}</h1>
      <FirstAccount />
      <Loaded query={federations}>
        {(list) =>
          list.length === 0 ? (
            <p>{w('federations.empty')}</p>
          ) : (
            <ul className="cards">
              {list.map((federation) => (
                <li key={federation.id}>
                  <Card
                    federation={federation}
                    runs={(runs.data ?? []).filter((run) => run.federation === federation.id)}
                    vertical={(vertical.data ?? []).filter((run) => run.federation === federation.id)}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayCreate ? <CreateFederation /> : null}
    </div>
  )
}

function Card({ federation, runs, vertical }: { federation: Federation; runs: Run[]; vertical: VerticalRun[] }) {
  const { w } = useWords()
  const running = runs.find(({ endedAt, startedAt }) => endedAt === null && startedAt !== null)
  const stepping = vertical.find(({ phase }) => phase === 'running' || phase === 'paused')
  const moments = [federation.createdAt, ...[...runs, ...vertical].flatMap(({ createdAt, endedAt }) => endedAt ?? createdAt)]
  return (
    <article className="card">
      <h2>
        <Link to={`/federations/${federation.id}`}>{federation.name}</Link>
      </h2>
      <p>
        {w(vertical.length > 0 && runs.length === 0 ? 'federation.vertical' : 'federation.horizontal')} ·{' '}
        {w('federation.online', { online: federation.online, total: federation.participants })}
      </p>
      {running === undefined ? null : (
        <p>
          <Link to={`/runs/${running.id}`}>{running.name}</Link> <PhaseBadge phase={running.phase} />{' '}
          {w('run.round-of', { round: running.round, rounds: running.config.rounds })}
        </p>
      )}
      {stepping === undefined ? null : (
        <p>
          <Link to={`/vertical-runs/${stepping.id}`}>{stepping.name}</Link> <PhaseBadge phase={stepping.phase} />
        </p>
      )}
      <p className="quiet">
        {w('federation.activity')} <When at={moments.sort().at(-1) ?? null} />
      </p>
    </article>
  )
}

function CreateFederation() {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const { error, isBusy, run } = useAttempt()
  const create = (form: FormData) =>
    run(async () => {
      await call(caller, federationSchema, { method: 'POST', path: routes.federations, json: { name: String(form.get('name')) } })
      await queries.invalidateQueries()
    })
  return (
    <form className="card" action={async (form) => void (await create(form))}>
      <label className="field">
        <span>{w('federations.new')}</span>
        <input className="input" name="name" required maxLength={100} />
      </label>
      <button type="submit" className="button" disabled={isBusy}>
        {w('federations.create')}
      </button>
      {error === null ? null : <Problem error={error} />}
    </form>
  )
}
