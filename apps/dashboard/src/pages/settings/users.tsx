import { useQueryClient } from '@tanstack/react-query'
import {
  type ChangeUser,
  type Role,
  roleSchema,
  routes,
  type User,
  userSchema,
  userWithPasswordSchema,
} from '@tributary/protocol'
import { useState } from 'react'
import { z } from 'zod'
import { call } from '../../api/call.ts'
import { useAsked, useFederations, useParticipants } from '../../api/queries.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Choice } from '../../widgets/look.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import { Copyable } from '../federation/invite-code.tsx'

/** Accounts of people, for admins: a password that the coordinator chooses is shown once. */
export function Users() {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const users = useAsked(z.array(userSchema), { path: routes.users })
  const { error, isBusy, run } = useAttempt()
  const [made, setMade] = useState<{ name: string; password: string } | null>(null)
  const keep = async (json: unknown, method: 'POST' | 'PATCH', path: string) => {
    const { name, password } = await call(caller, userWithPasswordSchema, { method, path, json })
    if (password !== null) setMade({ name, password })
    await queries.invalidateQueries({ queryKey: [routes.users] })
  }
  const change = (user: User, json: ChangeUser) => run(() => keep(json, 'PATCH', routes.user(user.account)))
  return (
    <section className="card stack" aria-labelledby="users">
      <h2 id="users">{w('users.title')}</h2>
      {error === null ? null : <Problem error={error} />}
      {made === null ? null : <Copyable label={w('users.password-once', { name: made.name })} text={made.password} />}
      <Loaded query={users}>
        {(list) =>
          list.length === 0 ? (
            <p>{w('users.empty')}</p>
          ) : (
            <Listing
              label={w('users.title')}
              columns={[w('members.name'), w('invites.role'), w('members.state'), w('users.last'), w('run.tab.actions')]}
            >
              {list.map((user) => (
                <tr key={user.account}>
                  <th scope="row">{user.name}</th>
                  <td>{w(`role.${user.role}`)}</td>
                  <td>{w(user.lockedUntil === null ? `users.${user.state}` : 'users.locked')}</td>
                  <td>
                    <When at={user.lastSignInAt} />
                  </td>
                  <td className="row">
                    {user.allowedActions.includes('resetPassword') ? (
                      <button
                        type="button"
                        className="button"
                        disabled={isBusy}
                        onClick={() => void change(user, { resetPassword: true })}
                      >
                        {w('users.reset')}
                      </button>
                    ) : null}
                    {user.allowedActions.includes('disable') || user.allowedActions.includes('enable') ? (
                      <button
                        type="button"
                        className="button"
                        disabled={isBusy}
                        onClick={() => void change(user, { disabled: user.state === 'active' })}
                      >
                        {w(user.state === 'active' ? 'users.disable' : 'users.enable')}
                      </button>
                    ) : null}
                  </td>
                </tr>
              ))}
            </Listing>
          )
        }
      </Loaded>
      <NewUser isBusy={isBusy} onCreate={(json) => run(() => keep(json, 'POST', routes.users))} />
    </section>
  )
}

function NewUser({ isBusy, onCreate }: { isBusy: boolean; onCreate: (json: unknown) => Promise<boolean> }) {
  const { w } = useWords()
  const federations = useFederations()
  const [role, setRole] = useState<Role>('researcher')
  const [federation, setFederation] = useState('')
  const [participant, setParticipant] = useState('')
  const isInstitution = role === 'institution'
  const participants = useParticipants(federation, isInstitution && federation !== '')
  const present = (participants.data ?? []).filter(({ state }) => state === 'active')
  const chosen = isInstitution ? (present.find(({ id }) => id === participant)?.id ?? null) : null
  return (
    <form
      action={async (form) =>
        void (await onCreate({
          name: String(form.get('name')),
          role,
          federation: federation === '' ? null : federation,
          participant: chosen,
        }))
      }
    >
      <h3>{w('users.new')}</h3>
      <label className="field">
        <span>{w('sign-in.name')}</span>
        <input className="input" name="name" required autoComplete="off" />
      </label>
      <div className="row">
        <Choice
          label={w('invites.role')}
          value={role}
          options={roleSchema.options.map((one) => [one, w(`role.${one}`)] as const)}
          onChange={setRole}
        />
        <Choice
          label={w('runs.federation')}
          value={federation}
          options={[
            ['', w('runs.all')] as const,
            ...(federations.data ?? []).map(({ id, name }) => [id as string, name] as const),
          ]}
          onChange={setFederation}
        />
        {isInstitution ? (
          <Choice
            label={w('users.participant')}
            value={chosen ?? ''}
            options={[['', '—'] as const, ...present.map(({ id, name }) => [id as string, name] as const)]}
            onChange={setParticipant}
          />
        ) : null}
      </div>
      {isInstitution && chosen === null ? <p className="quiet">{w('users.needs-participant')}</p> : null}
      <button type="submit" className="button" disabled={isBusy || (isInstitution && chosen === null)}>
        {w('users.create')}
      </button>
    </form>
  )
}
