import { useQueryClient } from '@tanstack/react-query'
import { routes, SHORTEST_PASSWORD, userSchema, userWithPasswordSchema } from '@tributary/protocol'
import { z } from 'zod'
import { call } from '../../api/call.ts'
import { useAsked } from '../../api/queries.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'

/** Whoever signed in with the printed token is offered an account with a password, as long as no admin has one. */
export function FirstAccount() {
  const { w } = useWords()
  const { session, caller } = useSignedIn()
  const queries = useQueryClient()
  const { error, isBusy, run } = useAttempt()
  const isAsked = session.credential.kind === 'token' && session.who.allowedActions.includes('manageUsers')
  const users = useAsked(z.array(userSchema), { path: routes.users }, { enabled: isAsked })
  const isNeeded = isAsked && users.data !== undefined && !users.data.some((user) => user.role === 'admin' && user.hasPassword)
  if (!isNeeded) return null
  const create = (form: FormData) =>
    run(async () => {
      const json = {
        name: String(form.get('name')),
        role: 'admin',
        password: String(form.get('password')),
        mustChangePassword: false,
      }
      await call(caller, userWithPasswordSchema, { method: 'POST', path: routes.users, json })
      await queries.invalidateQueries()
    })
  return (
    <form className="card" aria-label={w('first-account.title')} action={async (form) => void (await create(form))}>
      <h2>{w('first-account.title')}</h2>
      <p>{w('first-account.why')}</p>
      <label className="field">
        <span>{w('sign-in.name')}</span>
        <input className="input" name="name" autoComplete="username" required />
      </label>
      <label className="field">
        <span>{w('first-account.password', { length: SHORTEST_PASSWORD })}</span>
        <input
          className="input"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={SHORTEST_PASSWORD}
          required
        />
      </label>
      <button type="submit" className="button" data-kind="main" disabled={isBusy}>
        {w('first-account.create')}
      </button>
      {error === null ? null : <Problem error={error} />}
    </form>
  )
}
