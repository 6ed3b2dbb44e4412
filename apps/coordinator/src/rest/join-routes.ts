import { randomBytes } from 'node:crypto'
import {
  accountIdSchema,
  callerSchema,
  type InviteId,
  joinedSchema,
  joinSchema,
  PROTOCOL_VERSION,
  participantIdSchema,
  routes,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { authenticator, callerOf } from '../access/authentication.ts'
import { type Caller, callerOfAccount } from '../access/caller.ts'
import { callerActionsOf } from '../access/permissions.ts'
import { hashCode, hashSecret, isTokenOf, newToken } from '../access/tokens.ts'
import type { AccountRecord, InviteRecord, ParticipantRecord } from '../storage/store.ts'
import { presentMe } from './presented.ts'
import type { RestDeps } from './rest-deps.ts'

/** The one way in without a token: an invite code is turned into a credential of one's own. */
export function joinRoutes(deps: RestDeps, limit: number): FastifyPluginAsync {
  const { store, now } = deps
  return async (instance) => {
    instance.withTypeProvider<ZodTypeProvider>().post(
      routes.join,
      {
        // By address alone: a made-up Authorization header must not begin a new count.
        config: { rateLimit: { max: limit, timeWindow: '1 minute', keyGenerator: ({ ip }: FastifyRequest) => ip } },
        schema: { tags: ['access'], summary: 'Join by an invite code', body: joinSchema, response: { 200: joinedSchema } },
      },
      async ({ body: { protocol, code, name, token: chosen } }) => {
        if (protocol !== PROTOCOL_VERSION)
          throw new TributaryError('protocol_version_unsupported', { supported: PROTOCOL_VERSION, offered: protocol })
        const invite = await store.inviteByCodeHash(hashCode(code))
        if (invite === null || (invite.name !== null && invite.name !== name)) throw new TributaryError('invite_unknown')
        const token = chosen ?? newToken(invite.role)
        if (!isTokenOf(invite.role, token))
          throw new TributaryError('bad_request', { issues: `token: this invite is for the role ${invite.role}` })
        const { account, participant } = admitted(invite, name, token, new Date(now()))
        try {
          await store.redeemInvite(invite.id, account.createdAt, account, participant)
          return { ...presentMe(callerOfAccount(account)), token, protocol: PROTOCOL_VERSION }
        } catch (error) {
          const before = isUsed(error) && chosen !== undefined ? await admittedBefore(deps, invite.id, name, chosen) : null
          if (before === null) throw error
          return { ...presentMe(before), token, protocol: PROTOCOL_VERSION }
        }
      },
    )
  }
}

/** What an invite becomes: an account, and a participant when it is for an institution. */
function admitted({ role, federation }: InviteRecord, name: string, token: string, at: Date) {
  const participant: ParticipantRecord | null =
    role !== 'institution'
      ? null
      : {
          id: participantIdSchema.parse(`par_${randomBytes(8).toString('hex')}`),
          federation,
          name,
          joinedAt: at,
          leftAt: null,
          lastSeenAt: null,
          samples: null,
          backend: null,
          clientVersion: null,
          roundsCounted: 0,
          bytesUp: 0,
          bytesDown: 0,
        }
  const account: AccountRecord = {
    id: accountIdSchema.parse(`acc_${randomBytes(8).toString('hex')}`),
    name,
    role,
    tokenHash: hashSecret(token),
    federation,
    participant: participant?.id ?? null,
    createdAt: at,
    revokedAt: null,
  }
  return { account, participant }
}

const isUsed = (error: unknown): boolean => error instanceof TributaryError && error.code === 'invite_used'

/**
 * The account that this same request made before. The token is its credential, so whoever presents it is told nothing new.
 * @throws participant_left
 */
async function admittedBefore({ store }: RestDeps, id: InviteId, name: string, token: string): Promise<Caller | null> {
  const [invite, account] = [await store.invite(id), await store.accountByTokenHash(hashSecret(token))]
  // An invite is used at the instant that its account is made.
  const same = account?.name === name && account.createdAt.getTime() === invite?.usedAt?.getTime()
  return same ? authenticator(store)(token) : null
}

export function meRoutes(): FastifyPluginAsync {
  return async (instance) => {
    instance
      .withTypeProvider<ZodTypeProvider>()
      .get(
        routes.me,
        { schema: { tags: ['access'], summary: 'Who this token is', response: { 200: callerSchema } } },
        async (request) => {
          const caller = callerOf(request)
          return { ...presentMe(caller), allowedActions: callerActionsOf(caller) }
        },
      )
  }
}
