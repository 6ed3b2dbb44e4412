import { useQueryClient } from '@tanstack/react-query'
import {
  routes,
  type VerticalPartyActionName,
  type VerticalRun,
  type verticalActionNameSchema,
  verticalPartyActionNameSchema,
  verticalRunSchema,
  verticalSteeringNameSchema,
} from '@tributary/protocol'
import { useEffect, useState } from 'react'
import { call } from '../../api/call.ts'
import { useAsked } from '../../api/queries.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { QuestionDialog } from '../../widgets/dialog.tsx'
import { freshKey } from '../../widgets/fresh-key.ts'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'

type Action = (typeof verticalActionNameSchema.options)[number]
const isForParty = (action: Action): action is VerticalPartyActionName => verticalPartyActionNameSchema.safeParse(action).success

const isGrave = (action: Action): boolean => action === 'cancel' || action === 'decline' || action === 'withdraw'

/** Pause, resume and cancel, for those who steer; an answer to the terms, and a way out, for a person of a party. */
export function VerticalActions({ run }: { run: VerticalRun }) {
  const { w } = useWords()
  const { session } = useSignedIn()
  const queries = useQueryClient()
  const { id, phase } = run
  const change = `${phase}/${run.parties.filter(({ approved }) => approved).length}/${run.parties.filter(({ consented }) => consented).length}`
  const asked = useAsked(verticalRunSchema, { path: routes.verticalRun(id) })
  const [open, setOpen] = useState<Action | null>(null)
  useEffect(() => {
    if (change !== '') void queries.invalidateQueries({ queryKey: [routes.verticalRun(id)] })
  }, [queries, id, change])
  const { who, credential } = session
  const isProgram = credential.kind === 'token' && !credential.token.startsWith('trb_p_')
  if (who.role === 'institution' && isProgram) return null
  const offered: readonly Action[] =
    who.role === 'institution' ? verticalPartyActionNameSchema.options : verticalSteeringNameSchema.options
  const allowed = asked.data?.allowedActions ?? run.allowedActions
  return (
    <div className="row">
      {offered.map((action) => (
        <button
          key={action}
          type="button"
          className="button"
          data-kind={isGrave(action) ? 'danger' : undefined}
          aria-disabled={!allowed.includes(action)}
          title={allowed.includes(action) ? undefined : w('action.not-now', { phase: w(`phase.${phase}`) })}
          onClick={() => {
            if (allowed.includes(action)) setOpen(action)
          }}
        >
          {w(`action.${action}`)}
        </button>
      ))}
      {open === null ? null : <ReasonDialog key={open} run={run} action={open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function ReasonDialog({ run, action, onClose }: { run: VerticalRun; action: Action; onClose: () => void }) {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const [idempotencyKey] = useState(freshKey)
  const { error, isBusy, run: attempt } = useAttempt()
  const submit = (form: FormData) =>
    attempt(async () => {
      const json = { action, reason: String(form.get('reason')), idempotencyKey }
      await call(caller, verticalRunSchema, { method: 'POST', path: routes.verticalActions(run.id), json })
      await queries.invalidateQueries()
      onClose()
    })
  return (
    <QuestionDialog title={`${w(`action.${action}`)}: ${run.name}`} isOpen onClose={onClose}>
      {isForParty(action) ? <p>{w(`action.about.${action}`)}</p> : null}
      <form action={async (form) => void (await submit(form))}>
        <label className="field">
          <span>{w('action.reason')}</span>
          <input className="input" name="reason" required maxLength={500} autoComplete="off" />
        </label>
        {error === null ? null : <Problem error={error} />}
        <button type="submit" className="button" data-kind={isGrave(action) ? 'danger' : 'main'} disabled={isBusy}>
          {w('action.confirm', { action: w(`action.${action}`) })}
        </button>
      </form>
    </QuestionDialog>
  )
}
