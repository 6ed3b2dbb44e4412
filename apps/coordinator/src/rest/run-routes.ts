import { Readable } from 'node:stream'
import {
  createRunSchema,
  eventPageSchema,
  eventsQuerySchema,
  federationIdSchema,
  metricSeriesSchema,
  metricSpreadSchema,
  metricsQuerySchema,
  modelVersionSchema,
  type Round,
  roundColumnsSchema,
  roundSchema,
  roundsQuerySchema,
  routes,
  runActionSchema,
  runIdSchema,
  runSchema,
  spreadQuerySchema,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { maySee, requirePermission } from '../access/permissions.ts'
import type { RunRecord } from '../storage/store.ts'
import { curvesInView, loggedEventInView } from './in-view.ts'
import { bucketMetrics } from './metric-buckets.ts'
import { bucketSpreads, spreadHistories, spreadsOf } from './metric-spreads.ts'
import { noCells } from './pack-rounds.ts'
import { presentModel, presentRounds, presentRun } from './presented.ts'
import { type RestDeps, requireParticipant, visibleFederation, visibleRun } from './rest-deps.ts'
import { roundHistories, roundsAsText } from './round-history.ts'

const params = z.strictObject({ run: runIdSchema })
const inFederation = z.strictObject({ federation: federationIdSchema })

/** Runs, what may be done to them, and everything that is written about them. */
export function runRoutes(deps: RestDeps): FastifyPluginAsync {
  const { store, engine, views } = deps
  const histories = roundHistories(store)
  const spreads = spreadHistories(store)
  const present = (account: Caller, run: RunRecord) => presentRun(account, run, views(account, run.federation))
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
        return runs.filter((run) => maySee(account, run.federation)).map((run) => present(account, run))
      },
    )

    app.get(
      routes.federationRuns(':federation'),
      { schema: { tags, summary: 'Runs of a federation', params: inFederation, response: { 200: z.array(runSchema) } } },
      async (request) => {
        const account = callerOf(request)
        const { id: federation } = await visibleFederation(deps, account, request.params.federation)
        return (await store.runs({ federation })).map((run) => present(account, run))
      },
    )

    app.post(
      routes.federationRuns(':federation'),
      {
        config: { audit: { action: 'run.create', pick: ['name', 'initialModel', 'start'] } },
        schema: { tags, summary: 'Create a run', params: inFederation, body: createRunSchema, response: { 200: runSchema } },
      },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleFederation(deps, account, request.params.federation)
        requirePermission(account, 'createRun')
        return present(account, await engine.create(id, request.body, account.name))
      },
    )

    app.get(routes.run(':run'), { schema: { tags, summary: 'A run', params, response: { 200: runSchema } } }, async (request) => {
      const account = callerOf(request)
      return present(account, await visibleRun(deps, account, request.params.run))
    })

    app.post(
      routes.runActions(':run'),
      {
        config: { audit: { action: 'run.action', pick: ['action', 'reason', 'seconds', 'participant', 'idempotencyKey'] } },
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
        const { id, federation } = await visibleRun(deps, account, request.params.run)
        requirePermission(account, 'actOnRun')
        if (request.body.action === 'exclude') {
          requirePermission(account, 'exclude')
          await requireParticipant(deps, federation, request.body.participant)
        }
        return present(account, await engine.act(id, request.body, account.name))
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
        const account = callerOf(request)
        const { id, federation, stream, headSeq } = await visibleRun(deps, account, request.params.run)
        const view = views(account, federation)
        const { after, before, limit } = request.query
        const events = await store.events(id, { after, limit, ...(before === undefined ? {} : { before }) })
        // Events may have been added since the run was read: the head never lies behind its own page.
        return {
          stream,
          headSeq: Math.max(headSeq, events.at(-1)?.seq ?? 0),
          events: events.map((event) => loggedEventInView(event, view)),
        }
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
        const account = callerOf(request)
        const { id, federation } = await visibleRun(deps, account, request.params.run)
        const { name, scope, participant, buckets: most, from, to, smoothing } = request.query
        const view = views(account, federation)
        const members = participant === undefined ? [] : await store.participants(federation)
        const asked = members.find((one) => view.name(one.name) === participant)
        if (participant !== undefined && asked === undefined) return []
        const curves = await store.metricCurves(id, {
          scope,
          ...(name === undefined ? {} : { name }),
          ...(asked === undefined ? {} : { participant: asked.name }),
          // Smoothing needs every point before those that are asked for.
          ...(from === undefined || smoothing > 0 ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        })
        return bucketMetrics(curvesInView(curves, view), { most, from, to }, smoothing)
      },
    )

    app.get(
      routes.runSpread(':run'),
      {
        schema: {
          tags,
          summary: 'How metrics lie over the participants',
          params,
          querystring: spreadQuerySchema,
          response: { 200: z.array(metricSpreadSchema) },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const { id } = await visibleRun(deps, account, request.params.run)
        const { name, buckets: most, from, to } = request.query
        const own = account.role === 'institution' ? (account.own?.name ?? '') : null
        const all =
          own === null
            ? await spreads.read(id)
            : spreadsOf(await store.metricCurves(id, { scope: 'participant', participant: own }))
        const asked = name === undefined ? all : new Map([...all].filter(([one]) => one === name))
        return bucketSpreads(asked, { most, from, to })
      },
    )

    app.get(
      routes.rounds(':run'),
      { schema: { tags, summary: 'Rounds of a run', params, response: { 200: z.array(roundSchema) } } },
      async (request, reply) => {
        const account = callerOf(request)
        const run = await visibleRun(deps, account, request.params.run)
        const text = Readable.from(roundsAsText(store, run, views(account, run.federation)))
        // A stream is sent as it is; its type here is that of what it says.
        return reply.type('application/json; charset=utf-8').send(text as unknown as Round[])
      },
    )

    app.get(
      routes.roundColumns(':run'),
      {
        schema: {
          tags,
          summary: 'Rounds of a run as columns',
          params,
          querystring: roundsQuerySchema,
          response: { 200: roundColumnsSchema },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleRun(deps, account, request.params.run)
        const view = views(account, run.federation)
        const packed = await histories.read(run.id)
        const last = await store.round(run.id, packed.lastRound)
        return {
          run: run.id,
          rounds: packed.lines(),
          members: packed.members(view),
          cells: request.query.cells === 'all' ? packed.cells(view) : noCells,
          newest: presentRounds(run, last === null ? [] : [last], view).at(-1) ?? null,
        }
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
        const account = callerOf(request)
        const run = await visibleRun(deps, account, request.params.run)
        const stored = await store.round(run.id, request.params.round)
        const rounds = presentRounds(run, stored === null ? [] : [stored], views(account, run.federation))
        const found = rounds.find(({ round }) => round === request.params.round)
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
