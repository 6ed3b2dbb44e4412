import { randomBytes } from 'node:crypto'
import {
  createFederationSchema,
  createInviteSchema,
  federationIdSchema,
  federationSchema,
  inviteIdSchema,
  inviteSchema,
  newInviteSchema,
  participantSchema,
  routes,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { maySee, requirePermission } from '../access/permissions.ts'
import { hashCode, newInviteCode } from '../access/tokens.ts'
import type { FederationRecord, InviteRecord } from '../storage/store.ts'
import { presentFederation, presentInvite, presentParticipant } from './presented.ts'
import { type RestDeps, visibleFederation } from './rest-deps.ts'

const params = z.strictObject({ federation: federationIdSchema })

/** Federations, their invites and their participants. */
export function federationRoutes(deps: RestDeps): FastifyPluginAsync {
  const { store, engine, now, views } = deps
  const present = async (account: Caller, record: FederationRecord) =>
    presentFederation(account, record, await store.participants(record.id), engine.presence)

  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()
    const tags = ['federations']

    app.get(
      routes.federations,
      { schema: { tags, summary: 'Federations', response: { 200: z.array(federationSchema) } } },
      async (request) => {
        const account = callerOf(request)
        const visible = (await store.federations()).filter(({ id }) => maySee(account, id))
        return Promise.all(visible.map((record) => present(account, record)))
      },
    )

    app.post(
      routes.federations,
      {
        config: { audit: { action: 'federation.create', pick: ['name'] } },
        schema: { tags, summary: 'Create a federation', body: createFederationSchema, response: { 200: federationSchema } },
      },
      async (request) => {
        const account = callerOf(request)
        requirePermission(account, 'createFederation')
        if (account.federation !== null) throw new TributaryError('forbidden', { role: account.role, action: 'createFederation' })
        const record = {
          id: federationIdSchema.parse(`fed_${randomBytes(8).toString('hex')}`),
          name: request.body.name,
          createdAt: new Date(now()),
        }
        await store.createFederation(record)
        return present(account, record)
      },
    )

    app.get(
      routes.federation(':federation'),
      { schema: { tags, summary: 'A federation', params, response: { 200: federationSchema } } },
      async (request) => {
        const account = callerOf(request)
        return present(account, await visibleFederation(deps, account, request.params.federation))
      },
    )

    app.get(
      routes.participants(':federation'),
      { schema: { tags, summary: 'Participants of a federation', params, response: { 200: z.array(participantSchema) } } },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        const view = views(account, id)
        return (await store.participants(id))
          .map((participant) => presentParticipant(participant, engine.presence, view))
          .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
      },
    )

    app.get(
      routes.invites(':federation'),
      { schema: { tags, summary: 'Invites of a federation', params, response: { 200: z.array(inviteSchema) } } },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        requirePermission(account, 'invite')
        return (await store.invites(id)).map((invite) => presentInvite(account, invite, now()))
      },
    )

    app.post(
      routes.invites(':federation'),
      {
        config: { audit: { action: 'invite.create', pick: ['role', 'name', 'expiresInSeconds'] } },
        schema: {
          tags,
          summary: 'Create an invite; its code is shown once',
          params,
          body: createInviteSchema,
          response: { 200: newInviteSchema },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id: federation } = await visibleFederation(deps, account, request.params.federation)
        requirePermission(account, 'invite')
        const { role, name, expiresInSeconds } = request.body
        const code = newInviteCode()
        const invite: InviteRecord = {
          id: inviteIdSchema.parse(`inv_${randomBytes(8).toString('hex')}`),
          federation,
          role,
          name,
          codeHash: hashCode(code),
          createdAt: new Date(now()),
          expiresAt: new Date(now() + expiresInSeconds * 1000),
          usedAt: null,
          revokedAt: null,
        }
        await store.createInvite(invite)
        return { ...presentInvite(account, invite, now()), code }
      },
    )

    app.delete(
      routes.invite(':invite'),
      {
        config: { audit: { action: 'invite.revoke', pick: [] } },
        schema: {
          tags,
          summary: 'Revoke an invite',
          params: z.strictObject({ invite: inviteIdSchema }),
          response: { 200: inviteSchema },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const invite = await store.invite(request.params.invite)
        if (invite === null || !maySee(account, invite.federation))
          throw new TributaryError('not_found', { what: 'invite', id: request.params.invite })
        requirePermission(account, 'invite')
        await store.revokeInvite(invite.id, new Date(now()))
        return presentInvite(account, (await store.invite(invite.id)) ?? invite, now())
      },
    )
  }
}
