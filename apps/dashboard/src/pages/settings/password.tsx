import { routes, SHORTEST_PASSWORD } from '@tributary/protocol'
import { useState } from 'react'
import { callForJson } from '../../api/call.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'

export function Password() {
  const { w } = useWords()
  const { caller, readSession } = useSignedIn()
  const { error, isBusy, run } = useAttempt()
  const [said, setSaid] = useState('')
  const change = (form: FormData) =>
    run(async () => {
      const json = { old: String(form.get('old')), new: String(form.get('new')) }
      await callForJson(caller, { method: 'POST', path: routes.sessionPassword, json })
      await readSession()
      setSaid(w('settings.password-changed'))
    })
  return (
    <form className="card" aria-label={w('settings.password')} action={async (form) => void (await change(form))}>
      <h2>{w('settings.password')}</h2>
      <label className="field">
        <span>{w('settings.password-old')}</span>
        <input className="input" name="old" type="password" autoComplete="current-password" required />
      </label>
      <label className="field">
        <span>{w('first-account.password', { length: SHORTEST_PASSWORD })}</span>
        <input className="input" name="new" type="password" autoComplete="new-password" minLength={SHORTEST_PASSWORD} required />
      </label>
      <button type="submit" className="button" disabled={isBusy}>
        {w('settings.password-change')}
      </button>
      <p role="status">{said}</p>
      {error === null ? null : <Problem error={error} />}
    </form>
  )
}
