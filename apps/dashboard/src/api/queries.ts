import { useQuery } from '@tanstack/react-query'
import {
  federationSchema,
  inviteSchema,
  metricSeriesSchema,
  metricSpreadSchema,
  modelVersionSchema,
  participantSchema,
  type RunAction,
  roundColumnsSchema,
  routes,
  runSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import { useSignedIn } from '../session/session-context.tsx'
import { type Call, type Caller, call } from './call.ts'

const LIST_MS = 5_000

/** Asks with the signed-in caller; `key` is the path and its query. */
export function useAsked<T>(schema: z.ZodType<T>, request: Call, options: { refetchInterval?: number; enabled?: boolean } = {}) {
  const { caller } = useSignedIn()
  return useQuery({
    queryKey: [request.path, request.query ?? {}],
    queryFn: ({ signal }) => call(caller, schema, { ...request, signal }),
    ...options,
  })
}

export const useFederations = () =>
  useAsked(z.array(federationSchema), { path: routes.federations }, { refetchInterval: LIST_MS })
export const useFederation = (id: string) =>
  useAsked(federationSchema, { path: routes.federation(id) }, { refetchInterval: LIST_MS })
export const useParticipants = (id: string, enabled = true) =>
  useAsked(z.array(participantSchema), { path: routes.participants(id) }, { refetchInterval: LIST_MS, enabled })
export const useInvites = (id: string) =>
  useAsked(z.array(inviteSchema), { path: routes.invites(id) }, { refetchInterval: LIST_MS })
export const useRuns = () => useAsked(z.array(runSchema), { path: routes.runs }, { refetchInterval: LIST_MS })
export const useRun = (id: string) => useAsked(runSchema, { path: routes.run(id) })
export const useModels = (run: string) => useAsked(z.array(modelVersionSchema), { path: routes.runModels(run) })

export const fetchRun = (caller: Caller, run: string, signal: AbortSignal) =>
  call(caller, runSchema, { path: routes.run(run), signal })
export const fetchRoundColumns = (caller: Caller, run: string, cells: 'all' | 'none', signal: AbortSignal) =>
  call(caller, roundColumnsSchema, { path: routes.roundColumns(run), query: { cells }, signal })

/** Rounds from … to; all of them when left out. */
interface Range {
  readonly from?: number
  readonly to?: number
}
interface CurvesQuery extends Range {
  readonly scope: 'global' | 'participant'
  readonly name?: string
  readonly participant?: string
  readonly smoothing?: number
}
const MOST_BUCKETS = 1_200
export const fetchCurves = (caller: Caller, run: string, query: CurvesQuery, signal?: AbortSignal) =>
  call(caller, z.array(metricSeriesSchema), { path: routes.runMetrics(run), query: { ...query, buckets: MOST_BUCKETS }, signal })
export const fetchSpreads = (caller: Caller, run: string, query: Range & { readonly name?: string }, signal?: AbortSignal) =>
  call(caller, z.array(metricSpreadSchema), { path: routes.runSpread(run), query: { ...query, buckets: MOST_BUCKETS }, signal })
export const act = (caller: Caller, run: string, action: RunAction) =>
  call(caller, runSchema, { method: 'POST', path: routes.runActions(run), json: action })
