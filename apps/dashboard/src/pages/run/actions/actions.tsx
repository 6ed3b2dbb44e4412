import { useQueryClient } from '@tanstack/react-query'
import { type RunActionName, routes } from '@tributary/protocol'
import { useEffect, useState } from 'react'
import { useRun } from '../../../api/queries.ts'
import { useSignedIn } from '../../../session/session-context.tsx'
import { Loaded } from '../../../widgets/waiting.tsx'
import { useWords } from '../../../words/words.ts'
import type { RunParts } from '../run-page.tsx'
import { ActionDialog } from './action-dialog.tsx'
import styles from './actions.module.css'

/** What each role may ever do; what it may do now, the server says. */
const ofRole: Record<'admin' | 'researcher' | 'institution', readonly RunActionName[]> = {
  admin: ['start', 'pause', 'resume', 'extend', 'exclude', 'cancel'],
  researcher: ['start', 'pause', 'resume', 'extend', 'cancel'],
  institution: [],
}

/** Actions by `allowedActions`: not now is disabled with its reason, never yours is not here. */
export default function Actions({ state, view }: RunParts) {
  const { w } = useWords()
  const { session } = useSignedIn()
  const queries = useQueryClient()
  const run = useRun(state.run.id)
  const [asked, setAsked] = useState<RunActionName | null>(null)
  const { id, phase, round } = state.run
  const lastAction = view.events.findLast(({ event }) => event.type === 'action')
  const change = `${phase}/${round}/${lastAction?.seq ?? 0}`
  useEffect(() => {
    if (change !== '') void queries.invalidateQueries({ queryKey: [routes.run(id)] })
  }, [queries, id, change])
  const offered = ofRole[session.who.role]
  if (offered.length === 0) return <p>{w('actions.none')}</p>
  return (
    <Loaded query={run}>
      {({ allowedActions, pausePending }) => (
        <div className="stack">
          <h2>{w('run.tab.actions')}</h2>
          {pausePending ? <p className="notice">{w('run.pause-pending')}</p> : null}
          {lastAction?.event.type === 'action' ? (
            <p role="status">
              {w('event.action', {
                by: lastAction.event.data.by,
                action: w(`action.${lastAction.event.data.action}`),
                reason: lastAction.event.data.reason,
              })}
            </p>
          ) : null}
          <ul className={styles.list}>
            {offered.map((action) => {
              const isAllowed = allowedActions.includes(action)
              return (
                <li key={action}>
                  <button
                    type="button"
                    className="button"
                    data-kind={action === 'cancel' || action === 'exclude' ? 'danger' : undefined}
                    aria-disabled={!isAllowed}
                    aria-describedby={`why-${action}`}
                    onClick={() => {
                      if (isAllowed) setAsked(action)
                    }}
                  >
                    {w(`action.${action}`)}
                  </button>
                  <span id={`why-${action}`} className="quiet">
                    {isAllowed ? w(`action.about.${action}`) : w('action.not-now', { phase: w(`phase.${phase}`) })}
                  </span>
                </li>
              )
            })}
          </ul>
          {asked === null ? null : <ActionDialog key={asked} action={asked} state={state} onClose={() => setAsked(null)} />}
        </div>
      )}
    </Loaded>
  )
}
