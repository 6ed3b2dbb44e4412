import { useQueryClient } from '@tanstack/react-query'
import { type NewToken, newTokenSchema, routes, tokenSchema } from '@tributary/protocol'
import { useState } from 'react'
import { z } from 'zod'
import { call, callForJson } from '../../api/call.ts'
import { useAsked } from '../../api/queries.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { useAttempt } from '../../widgets/attempt.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Problem } from '../../widgets/problem.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'
import { Copyable } from '../federation/invite-code.tsx'

/** Personal tokens for programs: a new one is shown once. */
export function Tokens() {
  const { w } = useWords()
  const { caller } = useSignedIn()
  const queries = useQueryClient()
  const tokens = useAsked(z.array(tokenSchema), { path: routes.tokens })
  const { error, isBusy, run } = useAttempt()
  const [made, setMade] = useState<NewToken | null>(null)
  const again = () => queries.invalidateQueries({ queryKey: [routes.tokens] })
  const create = (form: FormData) =>
    run(async () => {
      setMade(
        await call(caller, newTokenSchema, { method: 'POST', path: routes.tokens, json: { name: String(form.get('name')) } }),
      )
      await again()
    })
  const revoke = (id: string) =>
    run(async () => {
      await callForJson(caller, { method: 'DELETE', path: routes.token(id) })
      await again()
    })
  return (
    <section className="card stack" aria-labelledby="tokens">
      <h2 id="tokens">{w('tokens.title')}</h2>
      <Loaded query={tokens}>
        {(list) =>
          list.length === 0 ? (
            <p>{w('tokens.empty')}</p>
          ) : (
            <Listing
              label={w('tokens.title')}
              columns={[w('members.name'), w('members.state'), w('invites.expires'), w('tokens.used'), w('invites.revoke')]}
            >
              {list.map((token) => (
                <tr key={token.id}>
                  <th scope="row">{token.name}</th>
                  <td>{w(`tokens.state.${token.state}`)}</td>
                  <td>
                    <When at={token.expiresAt} />
                  </td>
                  <td>
                    <When at={token.lastUsedAt} />
                  </td>
                  <td>
                    {token.allowedActions.includes('revoke') ? (
                      <button type="button" className="button" disabled={isBusy} onClick={() => void revoke(token.id)}>
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
      {made === null ? null : <Copyable label={w('tokens.once', { name: made.name })} text={made.token} />}
      <form action={async (form) => void (await create(form))}>
        <label className="field">
          <span>{w('tokens.name')}</span>
          <input className="input" name="name" required maxLength={100} autoComplete="off" />
        </label>
        <button type="submit" className="button" disabled={isBusy}>
          {w('tokens.create')}
        </button>
      </form>
      {error === null ? null : <Problem error={error} />}
    </section>
  )
}
