import { randomBytes } from 'node:crypto'
import {
  accountIdSchema,
  joinedSchema,
  joinSchema,
  meSchema,
  PROTOCOL_VERSION,
  participantIdSchema,
  routes,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { callerOf } from '../access/authentication.ts'
import { hashCode, hashSecret, newToken } from '../access/tokens.ts'
import type { AccountRecord, ParticipantRecord } from '../storage/store.ts'
import { presentMe } from './presented.ts'
import type { RestDeps } from './rest-deps.ts'

/** The one way in without a token: an invite code is turned into a credential of one's own. */
export function joinRoutes({ store, now }: RestDeps, limit: number): FastifyPluginAsync {
  return async (instance) => {
    instance.withTypeProvider<ZodTypeProvider>().post(
      routes.join,
      {
        // By address alone: a made-up Authorization header must not begin a new count.
        config: { rateLimit: { max: limit, timeWindow: '1 minute', keyGenerator: ({ ip }: FastifyRequest) => ip } },
        schema: { tags: ['access'], summary: 'Join by an invite code', body: joinSchema, response: { 200: joinedSchema } },
      },
      async ({ body: { protocol, code, name } }) => {
        if (protocol !== PROTOCOL_VERSION)
          throw new TributaryError('protocol_version_unsupported', { supported: PROTOCOL_VERSION, offered: protocol })
        const invite = await store.inviteByCodeHash(hashCode(code))
        if (invite === null || (invite.name !== null && invite.name !== name)) throw new TributaryError('invite_unknown')
        const at = new Date(now())
        const token = newToken(invite.role)
        const participant: ParticipantRecord | null =
          invite.role !== 'institution'
            ? null
            : {
                id: participantIdSchema.parse(`par_${randomBytes(8).toString('hex')}`),
                federation: invite.federation,
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
          role: invite.role,
          tokenHash: hashSecret(token),
          federation: invite.federation,
          participant: participant?.id ?? null,
          createdAt: at,
          revokedAt: null,
        }
        await store.redeemInvite(invite.id, at, account, participant)
        return { ...presentMe(account), token, protocol: PROTOCOL_VERSION }
      },
    )
  }
}

export function meRoutes(): FastifyPluginAsync {
  return async (instance) => {
    instance
      .withTypeProvider<ZodTypeProvider>()
      .get(
        routes.me,
        { schema: { tags: ['access'], summary: 'Who this token is', response: { 200: meSchema } } },
        async (request) => presentMe(callerOf(request)),
      )
  }
}
