import { useQuery } from '@tanstack/react-query'
import { authProvidersSchema, routes } from '@tributary/protocol'
import { Navigate, useLocation } from 'react-router'
import { call } from '../../api/call.ts'
import { useTitle } from '../../app/title.ts'
import { useSession } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Look } from '../../widgets/look.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { useWords } from '../../words/words.ts'
import styles from './sign-in.module.css'

/** Password, single sign-on or token; language and theme are chosen here too. */
export default function SignIn() {
  const { w } = useWords()
  useTitle(w('sign-in.title'))
  const { session, caller } = useSession()
  const back = backOf(useLocation().state)
  const providers = useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => call(caller, authProvidersSchema, { path: routes.authProviders, signal }),
    retry: false,
  })
  if (session != null) return <Navigate to={back} replace />
  const { password, oidc } = providers.data ?? { password: false, oidc: [] }
  return (
    <main className={styles.page}>
      <h1>{w('sign-in.title')}</h1>
      <p className="quiet">{w('sign-in.operator', { host: location.host })}</p>
      {password ? <PasswordForm /> : null}
      {oidc.map(({ id, name }) => (
        <p key={id}>
          <a className="button" href={`${routes.oidcStart(id)}?return=${encodeURIComponent(back)}`}>
            {w('sign-in.with', { name })}
          </a>
        </p>
      ))}
      <TokenForm />
      <Look />
    </main>
  )
}

function PasswordForm() {
  const { w } = useWords()
  const { signInWithPassword } = useSession()
  const { error, isBusy, run } = useAttempt()
  return (
    <form
      className="card"
      action={async (form) => void (await run(() => signInWithPassword(String(form.get('name')), String(form.get('password')))))}
    >
      <label className="field">
        <span>{w('sign-in.name')}</span>
        <input className="input" name="name" autoComplete="username" required />
      </label>
      <label className="field">
        <span>{w('sign-in.password')}</span>
        <input className="input" name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" className="button" data-kind="main" disabled={isBusy}>
        {w('sign-in.go')}
      </button>
      {error === null ? null : <Problem error={error} />}
    </form>
  )
}

function TokenForm() {
  const { w } = useWords()
  const { signInWithToken } = useSession()
  const { error, isBusy, run } = useAttempt()
  return (
    <form className="card" action={async (form) => void (await run(() => signInWithToken(String(form.get('token')).trim())))}>
      <label className="field">
        <span>{w('sign-in.token')}</span>
        <input className="input" name="token" type="password" autoComplete="off" required />
      </label>
      <p className="quiet">{w('sign-in.token-kept')}</p>
      <button type="submit" className="button" disabled={isBusy}>
        {w('sign-in.go-token')}
      </button>
      {error === null ? null : <Problem error={error} />}
    </form>
  )
}

/** A path of this page, never another origin. */
const backOf = (state: unknown): string => {
  const back = typeof state === 'object' && state !== null && 'back' in state ? String(state.back) : '/'
  return back.startsWith('/') && !back.startsWith('//') ? back : '/'
}
