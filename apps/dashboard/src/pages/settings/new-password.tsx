import { useTitle } from '../../app/title.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useWords } from '../../words/words.ts'
import { Password } from './password.tsx'

/** Whoever was given a password chooses one of their own before anything else. */
export default function NewPassword() {
  const { w } = useWords()
  useTitle(w('settings.password'))
  const { signOut } = useSignedIn()
  return (
    <main className="stack">
      <h1>{w('settings.password-first')}</h1>
      <Password />
      <p>
        <button type="button" className="button" onClick={() => void signOut()}>
          {w('sign-out')}
        </button>
      </p>
    </main>
  )
}
