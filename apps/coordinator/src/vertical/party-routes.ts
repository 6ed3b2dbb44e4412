import { federationIdSchema, registerPartySchema, routes, TributaryError, verticalPartySchema } from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import { type RestDeps, visibleFederation } from '../rest/rest-deps.ts'
import type { VerticalStore } from '../storage/vertical-store.ts'
import { callersParticipant } from './caller-as-party.ts'
import { presentParty } from './presented-run.ts'

const params = z.strictObject({ federation: federationIdSchema })
const tags = ['vertical runs']

/** Places in vertical runs: role, keys and counts of each participant that takes one. */
export function partyRoutes(deps: RestDeps, store: VerticalStore): FastifyPluginAsync {
  const { engine, now } = deps
  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.put(
      routes.party(':federation'),
      {
        schema: {
          tags,
          summary: "Take one's place; its keys are fixed by the first call",
          params,
          body: registerPartySchema.superRefine(requireCounts),
          response: { 200: verticalPartySchema },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id: federation } = await visibleFederation(deps, account, request.params.federation)
        const participant = callersParticipant(account, 'take a place')
        const registered = await store.registerParty({
          participant,
          federation,
          ...request.body,
          registeredAt: new Date(now()),
        })
        if (registered.federation !== federation) throw new TributaryError('not_found', { what: 'federation', id: federation })
        return presentParty(registered, engine.presence)
      },
    )

    app.get(
      routes.parties(':federation'),
      {
        schema: { tags, summary: 'Registered parties of a federation', params, response: { 200: z.array(verticalPartySchema) } },
      },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        const parties = await store.parties(id)
        // Parties pin each other's keys by name; who has no place among them need not know who they are.
        const isParty = parties.some(({ participant }) => participant === account.own?.id)
        return (account.role === 'institution' && !isParty ? [] : parties).map((party) => presentParty(party, engine.presence))
      },
    )
  }
}

/** Who holds data says how much; the key service holds none. */
function requireCounts({ role, rows, features }: z.infer<typeof registerPartySchema>, context: z.RefinementCtx): void {
  const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  if (role === 'key-service') {
    if (rows !== null) issue('rows', 'the key service holds no rows')
    if (features !== null) issue('features', 'the key service holds no features')
    return
  }
  if (rows === null) issue('rows', 'a party with data declares its rows')
  if (features === null) issue('features', 'a party with data declares its features')
  if (role === 'feature' && features === 0) issue('features', 'a feature party has at least one feature')
}
