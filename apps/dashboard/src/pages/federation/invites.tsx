import { useQueryClient } from '@tanstack/react-query'
import { inviteSchema, type NewInvite, newInviteSchema, type Role, roleSchema, routes } from '@tributary/protocol'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { useInvites } from '../../api/queries.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { QuestionDialog } from '../../widgets/dialog.tsx'
import { Listing } from '../../widgets/listing.tsx'
import { Choice } from '../../widgets/look.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import { InviteCode } from './invite-code.tsx'

const DAY = 86_400
const lives = [
  [String(DAY), '1'],
  [String(7 * DAY), '7'],
  [String(30 * DAY), '30'],
] as const

/** Single-use codes: a new one, shown once; those that are out, to revoke. */
export function Invites({ federation }: { federation: string }) {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const invites = useInvites(federation)
  const [isOpen, setOpen] = useState(false)
  const { error, run } = useAttempt()
  const revoke = (id: string) =>
    run(async () => {
      await call(caller, inviteSchema, { method: 'DELETE', path: routes.invite(id) })
      await queries.invalidateQueries({ queryKey: [routes.invites(federation)] })
    })
  return (
    <section aria-labelledby="invites" className="stack">
      <div className="row spread">
        <h2 id="invites">{w('invites.title')}</h2>
        <button type="button" className="button" data-kind="main" onClick={() => setOpen(true)}>
          {w('invites.new')}
        </button>
      </div>
      {error === null ? null : <Problem error={error} />}
      <Loaded query={invites}>
        {(list) =>
          list.length === 0 ? (
            <p>{w('invites.empty')}</p>
          ) : (
            <Listing
              label={w('invites.title')}
              columns={[w('invites.for'), w('invites.role'), w('members.state'), w('invites.expires'), w('invites.revoke')]}
            >
              {list.map((invite) => (
                <tr key={invite.id}>
                  <th scope="row">{invite.name ?? w('invites.anybody')}</th>
                  <td>{w(`role.${invite.role}`)}</td>
                  <td>{w(`invites.state.${invite.state}`)}</td>
                  <td>
                    {/* A code that is used up or taken back has no end to wait for. */}
                    <When at={invite.state === 'pending' || invite.state === 'expired' ? invite.expiresAt : null} />
                  </td>
                  <td>
                    {invite.allowedActions.includes('revoke') ? (
                      <button
                        type="button"
                        className="button"
                        aria-label={w('invites.revoke-one', { name: invite.name ?? w('invites.anybody') })}
                        onClick={() => void revoke(invite.id)}
                      >
                        {w('invites.revoke')}
                      </button>
                    ) : null}
                  </td>
                </tr>
              ))}
            </Listing>
          )
        }
      </Loaded>
      <NewInviteDialog federation={federation} isOpen={isOpen} onClose={() => setOpen(false)} />
    </section>
  )
}

function NewInviteDialog({ federation, isOpen, onClose }: { federation: string; isOpen: boolean; onClose: () => void }) {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const { error, isBusy, run } = useAttempt()
  const [role, setRole] = useState<Role>('institution')
  const [life, setLife] = useState<string>(String(7 * DAY))
  const [made, setMade] = useState<NewInvite | null>(null)
  const create = (form: FormData) =>
    run(async () => {
      const name = String(form.get('name') ?? '').trim()
      const json = { role, name: name === '' ? null : name, expiresInSeconds: Number(life) }
      setMade(await call(caller, newInviteSchema, { method: 'POST', path: routes.invites(federation), json }))
      await queries.invalidateQueries({ queryKey: [routes.invites(federation)] })
    })
  const close = () => {
    setMade(null)
    onClose()
  }
  return (
    <QuestionDialog title={w('invites.new')} isOpen={isOpen} onClose={close}>
      {made === null ? (
        <form action={async (form) => void (await create(form))}>
          <Choice
            label={w('invites.role')}
            value={role}
            options={roleSchema.options.map((one) => [one, w(`role.${one}`)] as const)}
            onChange={setRole}
          />
          <label className="field">
            <span>{w('invites.name')}</span>
            <input className="input" name="name" pattern="[a-z0-9][a-z0-9\-]{0,62}" autoComplete="off" />
          </label>
          <Choice
            label={w('invites.expires')}
            value={life}
            options={lives.map(([seconds, days]) => [seconds as string, w('invites.days', { days: Number(days) })] as const)}
            onChange={setLife}
          />
          <p className="quiet">{w('invites.single-use')}</p>
          <button type="submit" className="button" data-kind="main" disabled={isBusy}>
            {w('invites.create')}
          </button>
          {error === null ? null : <Problem error={error} />}
        </form>
      ) : (
        <InviteCode invite={made} />
      )}
    </QuestionDialog>
  )
}
