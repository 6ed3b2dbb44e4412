import { federationIdSchema } from '@tributary/protocol'
import { Link, useParams } from 'react-router'
import { useFederation, useParticipants, useRuns } from '../../api/queries.ts'
import { useTitle } from '../../app/title.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { Opening } from '../../widgets/opening.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { useWords } from '../../words/words.ts'
import NotFound from '../not-found.tsx'
import { Invites } from './invites.tsx'
import { LeaveFederation } from './leave-federation.tsx'
import { Members } from './members.tsx'

/** Who is in a federation, and for its admin, who is invited. */
export default function FederationPage() {
  const id = federationIdSchema.safeParse(useParams().id)
  return id.success ? <OneFederation id={id.data} /> : <NotFound />
}

function OneFederation({ id }: { id: string }) {
  const { w } = useWords()
  const { session } = useSignedIn()
  const federation = useFederation(id)
  const participants = useParticipants(id)
  const runs = useRuns()
  useTitle(federation.data?.name ?? w('nav.federations'))
  const own = participants.data?.find((one) => one.id === session.who.participant)
  const latest = (runs.data ?? [])
    .filter((run) => run.federation === id)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
  if (federation.data === undefined) return <Opening title={w('nav.federations')} error={federation.error} />
  return (
    <div className="stack">
      <Loaded query={federation}>
        {({ name, online, participants: total, allowedActions }) => (
          <>
            <header className="row spread">
              <div>
                <h1>{name}</h1>
                <p>{w('federation.online', { online, total })}</p>
              </div>
              <div className="row">
                <Link to={`/runs?federation=${id}`}>{w('federation.runs')}</Link>
                {latest === undefined ? null : <Link to={`/runs/${latest.id}`}>{w('runs.latest')}</Link>}
              </div>
            </header>
            <section aria-labelledby="members">
              <h2 id="members">{w('members.title')}</h2>
              <Loaded query={participants}>{(list) => <Members list={list} />}</Loaded>
            </section>
            {allowedActions.includes('invite') ? <Invites federation={id} /> : null}
            {allowedActions.includes('leave') && own !== undefined ? <LeaveFederation federation={id} name={own.name} /> : null}
          </>
        )}
      </Loaded>
    </div>
  )
}
