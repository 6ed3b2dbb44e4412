import {
  createRunSchema,
  eventPageSchema,
  eventsQuerySchema,
  federationIdSchema,
  metricSeriesSchema,
  metricsQuerySchema,
  modelVersionSchema,
  roundSchema,
  routes,
  runActionSchema,
  runIdSchema,
  runSchema,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import { maySee, requirePermission } from '../access/permissions.ts'
import { bucketMetrics } from './metric-buckets.ts'
import { presentModel, presentRounds, presentRun } from './presented.ts'
import { type RestDeps, visibleFederation, visibleRun } from './rest-deps.ts'

const params = z.strictObject({ run: runIdSchema })
const inFederation = z.strictObject({ federation: federationIdSchema })

/** Runs, what may be done to them, and everything that is written about them. */
export function runRoutes(deps: RestDeps): FastifyPluginAsync {
  const { store, engine } = deps
  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()
    const tags = ['runs']

    app.get(
      routes.runs,
      {
        schema: {
          tags,
          summary: 'Runs, newest first',
          querystring: z.strictObject({ federation: federationIdSchema.optional() }),
          response: { 200: z.array(runSchema) },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { federation } = request.query
        const runs = await store.runs(federation === undefined ? {} : { federation })
        return runs.filter((run) => maySee(account, run.federation)).map((run) => presentRun(account, run))
      },
    )

    app.get(
      routes.federationRuns(':federation'),
      { schema: { tags, summary: 'Runs of a federation', params: inFederation, response: { 200: z.array(runSchema) } } },
      async (request) => {
        const account = callerOf(request)
        const { id: federation } = await visibleFederation(deps, account, request.params.federation)
        return (await store.runs({ federation })).map((run) => presentRun(account, run))
      },
    )

    app.post(
      routes.federationRuns(':federation'),
      { schema: { tags, summary: 'Create a run', params: inFederation, body: createRunSchema, response: { 200: runSchema } } },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        requirePermission(account, 'createRun')
        return presentRun(account, await engine.create(id, request.body, account.name))
      },
    )

    app.get(routes.run(':run'), { schema: { tags, summary: 'A run', params, response: { 200: runSchema } } }, async (request) => {
      const account = callerOf(request)
      return presentRun(account, await visibleRun(deps, account, request.params.run))
    })

    app.post(
      routes.runActions(':run'),
      {
        schema: {
          tags,
          summary: 'Start, pause, resume, cancel, extend, exclude',
          params,
          body: runActionSchema,
          response: { 200: runSchema },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleRun(deps, account, request.params.run)
        requirePermission(account, 'actOnRun')
        if (request.body.action === 'exclude') requirePermission(account, 'exclude')
        return presentRun(account, await engine.act(id, request.body, account.name))
      },
    )

    app.get(
      routes.runEvents(':run'),
      {
        schema: {
          tags,
          summary: 'Events of a run, gapless by seq',
          params,
          querystring: eventsQuerySchema,
          response: { 200: eventPageSchema },
        },
      },
      async (request) => {
        const { id, stream, headSeq } = await visibleRun(deps, callerOf(request), request.params.run)
        const { after, before, limit } = request.query
        const events = await store.events(id, { after, limit, ...(before === undefined ? {} : { before }) })
        // Events may have been added since the run was read: the head never lies behind its own page.
        return { stream, headSeq: Math.max(headSeq, events.at(-1)?.seq ?? 0), events }
      },
    )

    app.get(
      routes.runMetrics(':run'),
      {
        schema: {
          tags,
          summary: 'Metrics in buckets of rounds',
          params,
          querystring: metricsQuerySchema,
          response: { 200: z.array(metricSeriesSchema) },
        },
      },
      async (request) => {
        const { id } = await visibleRun(deps, callerOf(request), request.params.run)
        const { name, scope, buckets } = request.query
        return bucketMetrics(await store.metricPoints(id, { scope, ...(name === undefined ? {} : { name }) }), buckets)
      },
    )

    app.get(
      routes.rounds(':run'),
      { schema: { tags, summary: 'Rounds of a run', params, response: { 200: z.array(roundSchema) } } },
      async (request) => {
        const run = await visibleRun(deps, callerOf(request), request.params.run)
        return presentRounds(run, await store.rounds(run.id))
      },
    )

    app.get(
      routes.round(':run', ':round'),
      {
        schema: {
          tags,
          summary: 'A round',
          params: params.extend({ round: z.coerce.number().int().min(1) }),
          response: { 200: roundSchema },
        },
      },
      async (request) => {
        const run = await visibleRun(deps, callerOf(request), request.params.run)
        const found = presentRounds(run, await store.rounds(run.id)).find(({ round }) => round === request.params.round)
        if (found === undefined) throw new TributaryError('not_found', { what: 'round', id: String(request.params.round) })
        return found
      },
    )

    app.get(
      routes.runModels(':run'),
      { schema: { tags, summary: 'Model versions of a run', params, response: { 200: z.array(modelVersionSchema) } } },
      async (request) => {
        const { id } = await visibleRun(deps, callerOf(request), request.params.run)
        return (await store.models(id)).map(presentModel)
      },
    )
  }
}
