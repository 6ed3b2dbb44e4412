import { useTitle } from '../../app/title.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { Look } from '../../widgets/look.tsx'
import { useWords } from '../../words/words.ts'
import { Audit } from './audit.tsx'
import { Password } from './password.tsx'
import { Tokens } from './tokens.tsx'
import { Users } from './users.tsx'

/** This browser's look, and the signed-in account's own password and tokens. */
export default function Settings() {
  const { w } = useWords()
  useTitle(w('nav.settings'))
  const { session } = useSignedIn()
  const { who, people } = session
  return (
    <div className="stack">
      <h1>{w('nav.settings')}</h1>
      <Look />
      <p>
        {w('settings.signed-in', { name: who.name, role: w(`role.${who.role}`) })}{' '}
        {session.credential.kind === 'token' ? w('settings.by-token') : w('settings.by-session')}
      </p>
      {who.allowedActions.includes('changePassword') && people?.hasPassword === true ? <Password /> : null}
      {who.allowedActions.includes('manageTokens') ? <Tokens /> : null}
      {who.allowedActions.includes('manageUsers') ? <Users /> : null}
      {who.allowedActions.includes('readAudit') ? <Audit /> : null}
    </div>
  )
}
