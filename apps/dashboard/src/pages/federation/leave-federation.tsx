import { participantSchema, routes } from '@tributary/protocol'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { QuestionDialog } from '../../widgets/dialog.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'

/** For a person of an institution: out for good, so its name is to be typed. Nobody is signed in after it. */
export function LeaveFederation({ federation, name }: { federation: string; name: string }) {
  const { w } = useWords()
  const { caller, signOut } = useSignedIn()
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const { error, isBusy, run } = useAttempt()
  const leave = (form: FormData) =>
    run(async () => {
      const json = { reason: String(form.get('reason')) }
      await call(caller, participantSchema, { method: 'POST', path: routes.leave(federation), json })
      await signOut()
    })
  return (
    <section>
      <button type="button" className="button" data-kind="danger" onClick={() => setOpen(true)}>
        {w('federation.leave')}
      </button>
      <QuestionDialog title={w('federation.leave')} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>{w('federation.leave-about', { name })}</p>
        <form action={async (form) => void (await leave(form))}>
          <label className="field">
            <span>{w('action.reason')}</span>
            <input className="input" name="reason" required maxLength={500} autoComplete="off" />
          </label>
          <label className="field">
            <span>{w('federation.leave-type', { name })}</span>
            <input className="input" value={typed} onChange={({ target }) => setTyped(target.value)} autoComplete="off" />
          </label>
          {error === null ? null : <Problem error={error} />}
          <button type="submit" className="button" data-kind="danger" disabled={isBusy || typed !== name}>
            {w('action.confirm', { action: w('federation.leave') })}
          </button>
        </form>
      </QuestionDialog>
    </section>
  )
}
