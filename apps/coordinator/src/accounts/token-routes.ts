import { randomBytes } from 'node:crypto'
import {
  createTokenSchema,
  newTokenSchema,
  routes,
  type Token,
  TributaryError,
  tokenIdSchema,
  tokenSchema,
  tokensQuerySchema,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { allowed, callerActionsOf } from '../access/permissions.ts'
import { hashSecret } from '../access/tokens.ts'
import type { UserRecord, UserTokenRecord } from '../storage/accounts-store.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { auditEntry } from './audit-trail.ts'
import { newPersonalToken } from './personal-tokens.ts'

const tags = ['tokens']

/** Personal tokens: what a person's own programs call with. Made and revoked in a session; admins revoke those of their people. */
export function tokenRoutes({ store, now, ends }: AccountsDeps): FastifyPluginAsync {
  const { people } = store
  const at = () => new Date(now())

  /** Whose tokens these are, if this caller may see them. @throws not_found, forbidden */
  async function ownerFor(caller: Caller, account: Caller['id'], what: string, id: string): Promise<UserRecord> {
    const owner = await people.user(account)
    const inReach =
      owner !== null &&
      (owner.id === caller.id ||
        (allowed(caller, 'manageUsers') && (caller.federation === null || caller.federation === owner.federation)))
    if (!inReach) throw new TributaryError('not_found', { what, id })
    if (owner.id === caller.id) requireSession(caller)
    return owner
  }

  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.get(
      routes.tokens,
      {
        schema: {
          tags,
          summary: 'Personal tokens, newest first',
          querystring: tokensQuerySchema,
          response: { 200: z.array(tokenSchema) },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        const { account } = request.query
        if (account === undefined) requireSession(caller)
        const owner = await ownerFor(caller, account ?? caller.id, 'account', account ?? caller.id)
        return (await people.tokens(owner.id)).map((token) => presentToken(token, now()))
      },
    )

    app.post(
      routes.tokens,
      {
        config: { audit: { action: 'token.create', pick: ['name', 'expiresInSeconds'], within: true } },
        schema: { tags, summary: 'Create one; it is shown once', body: createTokenSchema, response: { 200: newTokenSchema } },
      },
      async (request) => {
        const caller = callerOf(request)
        requireSession(caller)
        const { name, expiresInSeconds } = request.body
        const secret = newPersonalToken()
        const token: UserTokenRecord = {
          id: tokenIdSchema.parse(`tok_${randomBytes(8).toString('hex')}`),
          user: caller.id,
          name,
          tokenHash: hashSecret(secret),
          createdAt: at(),
          expiresAt: new Date(now() + expiresInSeconds * 1000),
          lastUsedAt: null,
          revokedAt: null,
        }
        const details = { name, expiresAt: token.expiresAt.toISOString() }
        await people.createToken(
          token,
          auditEntry(caller, request.ip, at(), { action: 'token.create', target: token.id, details }),
        )
        return { ...presentToken(token, now()), token: secret }
      },
    )

    app.delete(
      routes.token(':token'),
      {
        config: { audit: { action: 'token.revoke', pick: [], within: true } },
        schema: { tags, summary: 'Revoke one', params: z.strictObject({ token: tokenIdSchema }), response: { 200: tokenSchema } },
      },
      async (request) => {
        const caller = callerOf(request)
        const { token: id } = request.params
        const token = await people.token(id)
        if (token === null) throw new TributaryError('not_found', { what: 'token', id })
        const { federation, name } = await ownerFor(caller, token.user, 'token', id)
        const details = { name: token.name, of: name }
        const entry = auditEntry(caller, request.ip, at(), { action: 'token.revoke', target: id, federation, details })
        await people.revokeToken(id, at(), entry)
        ends.tell({ token: id })
        return presentToken((await people.token(id)) ?? token, now())
      },
    )
  }
}

/** @throws forbidden */
function requireSession(caller: Caller): void {
  if (!callerActionsOf(caller).includes('manageTokens'))
    throw new TributaryError('forbidden', { role: caller.role, action: 'manageTokens' })
}

function presentToken({ id, user, name, createdAt, expiresAt, lastUsedAt, revokedAt }: UserTokenRecord, now: number): Token {
  const state = revokedAt !== null ? 'revoked' : expiresAt.getTime() <= now ? 'expired' : 'active'
  return {
    id,
    account: user,
    name,
    state,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    allowedActions: state === 'active' ? ['revoke'] : [],
  }
}
