import { openingsOver } from '@tributary/federation'
import {
  abortVerticalRunSchema,
  approveSchema,
  createVerticalRunSchema,
  eventsQuerySchema,
  federationIdSchema,
  publishSchema,
  putManifestSchema,
  routes,
  runIdSchema,
  TributaryError,
  verticalActionSchema,
  verticalEventPageSchema,
  verticalOpeningsSchema,
  verticalPartyActionNameSchema,
  verticalRunSchema,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import { requirePermission } from '../access/permissions.ts'
import { type RestDeps, visibleFederation } from '../rest/rest-deps.ts'
import type { VerticalStore } from '../storage/vertical-store.ts'
import { callersParty, maySeeVerticalRun, personsParty, visibleVerticalRun } from './caller-as-party.ts'
import { presentVerticalRun } from './presented-run.ts'
import type { VerticalEngine } from './vertical-engine.ts'

const params = z.strictObject({ run: runIdSchema })
const inFederation = z.strictObject({ federation: federationIdSchema })
const response = { 200: verticalRunSchema }
const tags = ['vertical runs']

/** Vertical runs: created by people, agreed on and carried on by their parties. */
export function verticalRunRoutes(deps: RestDeps, engine: VerticalEngine, store: VerticalStore): FastifyPluginAsync {
  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.get(
      routes.verticalRuns,
      {
        schema: {
          tags,
          summary: 'Vertical runs, newest first',
          querystring: z.strictObject({ federation: federationIdSchema.optional() }),
          response: { 200: z.array(verticalRunSchema) },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { federation } = request.query
        const runs = await store.runs(federation === undefined ? {} : { federation })
        return runs.filter((run) => maySeeVerticalRun(account, run)).map((run) => presentVerticalRun(account, run))
      },
    )

    app.get(
      routes.federationVerticalRuns(':federation'),
      {
        schema: {
          tags,
          summary: 'Vertical runs of a federation',
          params: inFederation,
          response: { 200: z.array(verticalRunSchema) },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id: federation } = await visibleFederation(deps, account, request.params.federation)
        const runs = await store.runs({ federation })
        return runs.filter((run) => maySeeVerticalRun(account, run)).map((run) => presentVerticalRun(account, run))
      },
    )

    app.post(
      routes.federationVerticalRuns(':federation'),
      {
        config: { audit: { action: 'vertical.create', pick: ['name'] } },
        schema: { tags, summary: 'Create a vertical run', params: inFederation, body: createVerticalRunSchema, response },
      },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        requirePermission(account, 'createRun')
        return presentVerticalRun(account, await engine.create(id, request.body, account.name))
      },
    )

    app.get(routes.verticalRun(':run'), { schema: { tags, summary: 'A vertical run', params, response } }, async (request) => {
      const account = callerOf(request)
      return presentVerticalRun(account, await visibleVerticalRun(engine, account, request.params.run))
    })

    app.get(
      routes.verticalOpenings(':run'),
      {
        schema: {
          tags,
          summary: 'Numbers opened for each party, in this run and over all runs of its parties',
          params,
          response: { 200: verticalOpeningsSchema },
        },
      },
      async (request) => {
        const { state } = await visibleVerticalRun(engine, callerOf(request), request.params.run)
        // Of all federations: what was opened elsewhere on the same rows counts, too.
        const runs = await store.runs({})
        return openingsOver(
          state,
          runs.map((run) => run.state),
        )
      },
    )

    app.put(
      routes.verticalManifest(':run'),
      { schema: { tags, summary: 'The manifest, by the label party', params, body: putManifestSchema, response } },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'put the manifest', 'label')
        return presentVerticalRun(account, await engine.putManifest(run.id, name, request.body))
      },
    )

    app.post(
      routes.verticalApprovals(':run'),
      { schema: { tags, summary: 'Sign the manifest, or refuse the run', params, body: approveSchema, response } },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'approve')
        return presentVerticalRun(account, await engine.decide(run.id, name, request.body))
      },
    )

    app.post(
      routes.verticalActions(':run'),
      {
        config: { audit: { action: 'vertical.action', pick: ['action', 'reason', 'idempotencyKey'] } },
        schema: {
          tags,
          summary: 'Pause, resume, cancel; approve, decline, withdraw for a party',
          params,
          body: verticalActionSchema,
          response,
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id, state } = await visibleVerticalRun(engine, account, request.params.run)
        const { action } = request.body
        const isForParty = verticalPartyActionNameSchema.safeParse(action).success
        const party = isForParty ? personsParty(account, state) : null
        if (!isForParty) requirePermission(account, 'actOnRun')
        else if (party === null) throw new TributaryError('forbidden', { role: account.role, action })
        // Others know a party, not its people; who it was is in the audit log.
        return presentVerticalRun(account, await engine.act(id, request.body, party?.name ?? account.name))
      },
    )

    app.post(
      routes.verticalAbort(':run'),
      { schema: { tags, summary: 'End the run, by one of its parties', params, body: abortVerticalRunSchema, response } },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'abort')
        return presentVerticalRun(account, await engine.abort(run.id, name, request.body))
      },
    )

    app.post(
      routes.verticalPublished(':run'),
      { schema: { tags, summary: 'Tell everybody how the run goes, by the key service', params, body: publishSchema, response } },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'publish', 'key-service')
        return presentVerticalRun(account, await engine.publish(run.id, name, request.body))
      },
    )

    app.get(
      routes.verticalEvents(':run'),
      {
        schema: {
          tags,
          summary: 'Events of a vertical run, gapless by seq',
          params,
          querystring: eventsQuerySchema,
          response: { 200: verticalEventPageSchema },
        },
      },
      async (request) => {
        const { id, stream, headSeq } = await visibleVerticalRun(engine, callerOf(request), request.params.run)
        const { after, before, limit } = request.query
        const events = await store.events(id, { after, limit, ...(before === undefined ? {} : { before }) })
        // Events may have been added since the run was read: the head never lies behind its own page.
        return { stream, headSeq: Math.max(headSeq, events.at(-1)?.seq ?? 0), events }
      },
    )
  }
}
