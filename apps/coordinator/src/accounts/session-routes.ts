import {
  accountNameSchema,
  authProvidersSchema,
  changePasswordSchema,
  routes,
  SHORTEST_PASSWORD,
  sessionSchema,
  signInSchema,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { hashSecret } from '../access/tokens.ts'
import type { UserRecord } from '../storage/accounts-store.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { auditEntry } from './audit-trail.ts'
import { presentParticipantOf } from './identified.ts'
import { requireOwnOrigin } from './own-origin.ts'
import { requireGoodPassword } from './passwords.ts'
import { presentedBy, sessionCookieOf } from './presented.ts'
import { clearSessionCookie, personBySession, presentSession, setSessionCookie } from './session-answers.ts'

const tags = ['sessions']

/** Signing in and out by password. Each route checks by itself who calls. */
export function sessionRoutes(deps: AccountsDeps): FastifyPluginAsync {
  const { store, options, now, signIn, sessions, passwords, lockOut } = deps
  const { people } = store
  const at = () => new Date(now())

  /** What cannot be a name is treated like one that nobody has. @throws credentials_wrong, account_locked, address_locked */
  async function checked(typed: string, password: string, address: string): Promise<UserRecord> {
    const parsed = accountNameSchema.safeParse(typed)
    const name = parsed.data ?? typed
    const find = async () => (parsed.success ? people.userByName(name) : null)
    const user = await lockOut.guard(name, address, async () => {
      const known = await find()
      const right = await passwords.verify(known?.passwordHash ?? null, password)
      return right ? known : null
    })
    if (user !== null) return user
    const locks = await lockOut.lockedUntil([name])
    const known = locks.size === 0 ? null : await find()
    if (known !== null) {
      const { id: target, federation } = known
      const details = { name, until: locks.get(name)?.toISOString() }
      await people.addAudit(auditEntry(null, address, at(), { action: 'session.locked', target, federation, details }))
    }
    throw new TributaryError('credentials_wrong')
  }

  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.get(
      routes.authProviders,
      { schema: { tags, summary: 'Ways to sign in', response: { 200: authProvidersSchema } } },
      async () => ({ password: true, oidc: options.oidc.map(({ id, name }) => ({ id, name })) }),
    )

    app.post(
      routes.session,
      { schema: { tags, summary: 'Sign in by password', body: signInSchema, response: { 200: sessionSchema } } },
      async (request, reply) => {
        requireOwnOrigin(request.headers, options.publicUrl)
        const user = await checked(request.body.name, request.body.password, request.ip)
        if (user.disabledAt !== null) throw new TributaryError('account_disabled')
        await presentParticipantOf(store, user.participant)
        const caller = personBySession(user, '')
        const audit = auditEntry(caller, request.ip, at(), {
          action: 'session.start',
          target: user.id,
          details: { with: 'password' },
        })
        const { id, open } = await sessions.start(user, 'password', sessionCookieOf(request.headers), audit)
        setSessionCookie(deps, reply, id)
        return presentSession(deps, id, open)
      },
    )

    app.get(
      routes.session,
      { schema: { tags, summary: 'Who is signed in by the cookie', response: { 200: sessionSchema } } },
      async (request, reply) => {
        const id = sessionCookieOf(request.headers)
        if (id === null) throw new TributaryError('unauthenticated')
        try {
          await signIn(request.ip, () => ({ kind: 'session', id, csrf: null }))
          return presentSession(deps, id, await sessions.open(hashSecret(id), false))
        } catch (error) {
          if (error instanceof TributaryError && error.code === 'session_expired') clearSessionCookie(deps, reply)
          throw error
        }
      },
    )

    app.delete(
      routes.session,
      { schema: { tags, summary: 'Sign out', response: { 200: z.object({ status: z.literal('signed out') }) } } },
      async (request, reply) => {
        const caller = await signIn(request.ip, () => presentedBy(request, options.publicUrl))
        if (caller.session === null) throw new TributaryError('bad_request', { issues: 'a token has no session to end' })
        await sessions.end(caller.session, auditEntry(caller, request.ip, at(), { action: 'session.end', target: caller.id }))
        clearSessionCookie(deps, reply)
        return { status: 'signed out' as const }
      },
    )

    app.post(
      routes.sessionPassword,
      {
        schema: {
          tags,
          summary: "Change one's password; ends all other sessions",
          body: changePasswordSchema,
          response: { 200: sessionSchema },
        },
      },
      async (request, reply) => {
        const caller = await signIn(request.ip, () => presentedBy(request, options.publicUrl))
        request.account = caller
        const id = sessionCookieOf(request.headers)
        if (caller.session === null || id === null)
          throw new TributaryError('forbidden', { role: caller.role, action: 'changePassword' })
        const { old, new: fresh } = request.body
        // A stolen session is no way to find out the password.
        const user = await checked(caller.name, old, request.ip)
        requireGoodPassword(fresh, user.name)
        if (fresh.normalize('NFC') === old.normalize('NFC'))
          throw new TributaryError('password_weak', { minimum: SHORTEST_PASSWORD })
        const passwordHash = await passwords.hash(fresh)
        const part = { action: 'password.change' as const, target: user.id }
        const change = { passwordHash, mustChangePassword: false }
        const changed = await people.changeUser(user.id, change, null, auditEntry(caller, request.ip, at(), part))
        deps.ends.tell({ account: user.id, keep: null })
        if (changed === null) throw new TributaryError('session_expired')
        const started = auditEntry(caller, request.ip, at(), {
          action: 'session.start',
          target: user.id,
          details: { with: 'new password' },
        })
        const next = await sessions.start(changed, 'password', null, started)
        setSessionCookie(deps, reply, next.id)
        return presentSession(deps, next.id, next.open)
      },
    )
  }
}
