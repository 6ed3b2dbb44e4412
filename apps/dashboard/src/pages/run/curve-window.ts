import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type MetricSpread, routes } from '@tributary/protocol'
import { fetchCurves, fetchSpreads } from '../../api/queries.ts'
import { type Curve, curveOf } from '../../live-store/index.ts'
import { useSignedIn } from '../../session/session-context.tsx'

/** Part of a run, both ends included. */
export interface RoundRange {
  readonly from: number
  readonly to: number
}

/** Which metric of which run is looked at, and how. */
export interface CurveWindow {
  readonly run: string
  readonly name: string
  readonly range: RoundRange | null
  readonly smoothing: number
}

/**
 * The run's own curve, as fine as the part that is looked at allows. A curve that has every round is the one that is here; of buckets
 * others are asked for, since neither finer points nor a smoothed curve can be made from them.
 */
export function useFinerCurve({ run, name, range, smoothing }: CurveWindow, whole: Curve | undefined): Curve | undefined {
  const { caller } = useSignedIn()
  const isCoarse = whole !== undefined && whole.bucketRounds > 1
  const query = { scope: 'global' as const, name, smoothing, ...range }
  // A new bucket brings the newest points; those within one are less than a pixel.
  const head = Math.floor((whole?.points.at(-1)?.round ?? 0) / (whole?.bucketRounds ?? 1))
  const { data } = useQuery({
    queryKey: [routes.runMetrics(run), query, head],
    queryFn: async ({ signal }) => (await fetchCurves(caller, run, query, signal)).map(curveOf),
    enabled: isCoarse && (range !== null || smoothing > 0),
    placeholderData: keepPreviousData,
  })
  if (!isCoarse || (range === null && smoothing === 0)) return whole
  return data?.[0] ?? whole
}

/** One participant's curve; null: nobody's. */
export function useClientCurve({ run, name, range, smoothing }: CurveWindow, participant: string | null, head: number) {
  const { caller } = useSignedIn()
  const query = { scope: 'participant' as const, name, smoothing, ...(participant === null ? {} : { participant }), ...range }
  const { data } = useQuery({
    queryKey: [routes.runMetrics(run), query, head],
    queryFn: async ({ signal }) => (await fetchCurves(caller, run, query, signal)).map(curveOf),
    enabled: participant !== null,
    placeholderData: keepPreviousData,
  })
  return participant === null ? undefined : data?.[0]
}

/** As `useFinerCurve`, of the spread over participants. */
export function useFinerSpread({ run, name, range }: CurveWindow, whole: MetricSpread | undefined): MetricSpread | undefined {
  const { caller } = useSignedIn()
  const isCoarse = whole !== undefined && whole.bucketRounds > 1
  const query = { name, ...range }
  const { data } = useQuery({
    queryKey: [routes.runSpread(run), query],
    queryFn: ({ signal }) => fetchSpreads(caller, run, query, signal),
    enabled: isCoarse && range !== null,
    placeholderData: keepPreviousData,
  })
  return isCoarse && range !== null ? (data?.[0] ?? whole) : whole
}
