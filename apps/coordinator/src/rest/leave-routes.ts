import { federationIdSchema, leaveFederationSchema, participantSchema, routes, TributaryError } from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import type { Departures } from '../rounds/departures.ts'
import { presentParticipant } from './presented.ts'
import { type RestDeps, visibleFederation } from './rest-deps.ts'

/** How an institution leaves its federation where its program does not say so itself. */
export function leaveRoutes(deps: RestDeps, departures: Departures): FastifyPluginAsync {
  const { store, engine, views } = deps
  return async (instance) => {
    instance.withTypeProvider<ZodTypeProvider>().post(
      routes.leave(':federation'),
      {
        config: { audit: { action: 'participant.leave', pick: ['reason'] } },
        schema: {
          tags: ['federations'],
          summary: "The caller's institution leaves the federation for good",
          params: z.strictObject({ federation: federationIdSchema }),
          body: leaveFederationSchema,
          response: { 200: participantSchema },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        const { id } = await visibleFederation(deps, caller, request.params.federation)
        const participant = caller.own === null ? null : await store.participant(caller.own.id)
        if (participant === null || participant.federation !== id)
          throw new TributaryError('forbidden', { role: caller.role, action: 'leave' })
        await departures.leave(id, participant.id, request.body.reason)
        departures.cut(participant.id)
        const left = (await store.participant(participant.id)) ?? participant
        return presentParticipant(left, engine.presence, views(caller, id))
      },
    )
  }
}
