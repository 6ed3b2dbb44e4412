import { randomBytes } from 'node:crypto'
import {
  accountIdSchema,
  type CreateUser,
  changeUserSchema,
  createUserSchema,
  type Role,
  routes,
  TributaryError,
  type User,
  userSchema,
  userWithPasswordSchema,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { allowed, requirePermission } from '../access/permissions.ts'
import { type RestDeps, requireParticipant, visibleFederation } from '../rest/rest-deps.ts'
import type { IdentityRecord, UserRecord } from '../storage/accounts-store.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { auditEntry } from './audit-trail.ts'
import { chosenPassword, requireGoodPassword } from './passwords.ts'

const tags = ['users']
const params = z.strictObject({ account: accountIdSchema })
type NewUser = z.output<typeof createUserSchema>

/** People: created, changed and disabled by the admins of their federation, or of the whole coordinator. */
export function userRoutes(deps: AccountsDeps, rest: RestDeps): FastifyPluginAsync {
  const { store, options, now, passwords, lockOut, ends } = deps
  const { people } = store
  const at = () => new Date(now())

  const providerOf = (issuer: string): string => options.oidc.find((one) => one.issuer === issuer)?.id ?? issuer
  async function present(caller: Caller, users: readonly UserRecord[]): Promise<User[]> {
    const locks = await lockOut.lockedUntil(users.map(({ name }) => name))
    return users.map((user) => presentUser(caller, user, locks.get(user.name) ?? null, providerOf))
  }
  async function presentWithPassword(caller: Caller, user: UserRecord, password: string | null) {
    const [presented] = await present(caller, [user])
    return { ...(presented as User), password }
  }

  function identityOf({ singleSignOn }: NewUser): IdentityRecord | null {
    if (singleSignOn === null) return null
    const provider = options.oidc.find(({ id }) => id === singleSignOn.provider)
    if (provider === undefined) throw new TributaryError('not_found', { what: 'provider', id: singleSignOn.provider })
    const { email, subject } = singleSignOn
    return { issuer: provider.issuer, email, subject, linked: false }
  }

  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.get(
      routes.users,
      { schema: { tags, summary: 'People of the coordinator, or of the federation', response: { 200: z.array(userSchema) } } },
      async (request) => {
        const caller = callerOf(request)
        requirePermission(caller, 'manageUsers')
        return present(caller, await people.users(caller.federation === null ? {} : { federation: caller.federation }))
      },
    )

    app.post(
      routes.users,
      {
        config: { audit: { action: 'user.create', pick: ['name', 'role', 'federation', 'participant'], within: true } },
        schema: { tags, summary: 'Create an account', body: createUserSchema, response: { 200: userWithPasswordSchema } },
      },
      async (request) => {
        const caller = callerOf(request)
        requirePermission(caller, 'manageUsers')
        const { name, role, federation, participant, mustChangePassword } = request.body
        await requirePlace(rest, caller, request.body)
        const identity = identityOf(request.body)
        const { given, chosen } = passwordFor(request.body)
        const password = given ?? chosen
        if (given !== null) requireGoodPassword(given, name)
        const user: UserRecord = {
          id: accountIdSchema.parse(`acc_${randomBytes(8).toString('hex')}`),
          name,
          role,
          federation,
          participant,
          passwordHash: password === null ? null : await passwords.hash(password),
          mustChangePassword: chosen !== null || (given !== null && mustChangePassword),
          createdAt: at(),
          lastSignInAt: null,
          disabledAt: null,
          identity,
        }
        const details = {
          name,
          role,
          participant,
          password: password !== null,
          provider: request.body.singleSignOn?.provider ?? null,
        }
        await people.createUser(
          user,
          auditEntry(caller, request.ip, at(), { action: 'user.create', target: user.id, federation, details }),
        )
        return presentWithPassword(caller, user, chosen)
      },
    )

    app.patch(
      routes.user(':account'),
      {
        config: { audit: { action: 'user.change', pick: ['role', 'disabled', 'resetPassword'], within: true } },
        schema: {
          tags,
          summary: 'Change the role, disable, enable, reset the password',
          params,
          body: changeUserSchema,
          response: { 200: userWithPasswordSchema },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        requirePermission(caller, 'manageUsers')
        const user = await people.user(request.params.account)
        if (user === null || (caller.federation !== null && caller.federation !== user.federation))
          throw new TributaryError('not_found', { what: 'account', id: request.params.account })
        const { role, disabled, resetPassword } = request.body
        requireChange(caller, user, request.body)
        const chosen = resetPassword ? chosenPassword() : null
        const change = {
          ...(role === undefined ? {} : { role }),
          ...(disabled === undefined ? {} : { disabledAt: disabled ? at() : null }),
          ...(chosen === null ? {} : { passwordHash: await passwords.hash(chosen), mustChangePassword: true }),
        }
        const { id: target, federation, name } = user
        const entry = auditEntry(caller, request.ip, at(), {
          action: 'user.change',
          target,
          federation,
          details: { name, ...request.body },
        })
        const changed = await people.changeUser(user.id, change, null, entry)
        ends.tell({ account: user.id, keep: null })
        if (chosen !== null) await lockOut.unlock(user.name)
        return presentWithPassword(caller, changed ?? user, chosen)
      },
    )
  }
}

/** Who belongs where. @throws forbidden, not_found, bad_request */
async function requirePlace(rest: RestDeps, caller: Caller, { role, federation, participant }: NewUser): Promise<void> {
  if (federation === null) {
    if (caller.federation !== null) throw new TributaryError('forbidden', { role: caller.role, action: 'manageUsers' })
    if (role !== 'admin')
      throw new TributaryError('bad_request', { issues: 'federation: only an admin can be of the whole coordinator' })
  } else await visibleFederation(rest, caller, federation)
  if (participant === null) return
  if (role !== 'institution' || federation === null)
    throw new TributaryError('bad_request', { issues: 'participant: only an institution is one' })
  await requireParticipant(rest, federation, participant)
}

function passwordFor({ password }: Pick<CreateUser, 'password'>): { given: string | null; chosen: string | null } {
  if (password === undefined) return { given: null, chosen: chosenPassword() }
  return { given: password, chosen: null }
}

/** @throws own_account, account_in_state, bad_request */
function requireChange(caller: Caller, user: UserRecord, change: z.output<typeof changeUserSchema>): void {
  const { role, disabled, resetPassword } = change
  if (user.id === caller.id) throw new TributaryError('own_account')
  if (resetPassword && user.passwordHash === null)
    throw new TributaryError('bad_request', { issues: 'resetPassword: this account signs in by its provider only' })
  if (role !== undefined && !rolesFor(user).includes(role))
    throw new TributaryError('bad_request', { issues: 'role: only an admin can be of the whole coordinator' })
  if (disabled !== undefined && disabled === (user.disabledAt !== null))
    throw new TributaryError('account_in_state', { state: disabled ? 'disabled' : 'active' })
}

const rolesFor = ({ federation }: UserRecord): readonly Role[] =>
  federation === null ? ['admin'] : ['admin', 'researcher', 'institution']

function presentUser(caller: Caller, user: UserRecord, lockedUntil: Date | null, providerOf: (issuer: string) => string): User {
  const { id, name, role, federation, participant, mustChangePassword, identity, disabledAt } = user
  const own = user.id === caller.id || !allowed(caller, 'manageUsers')
  return {
    account: id,
    name,
    role,
    federation,
    participant,
    state: disabledAt === null ? 'active' : 'disabled',
    hasPassword: user.passwordHash !== null,
    mustChangePassword,
    singleSignOn: identity && { provider: providerOf(identity.issuer), state: identity.linked ? 'linked' : 'pending' },
    createdAt: user.createdAt.toISOString(),
    lastSignInAt: user.lastSignInAt?.toISOString() ?? null,
    lockedUntil: lockedUntil?.toISOString() ?? null,
    allowedActions: own
      ? []
      : [
          ...(rolesFor(user).length > 1 ? (['changeRole'] as const) : []),
          disabledAt === null ? ('disable' as const) : ('enable' as const),
          ...(user.passwordHash === null ? [] : (['resetPassword'] as const)),
        ],
  }
}
