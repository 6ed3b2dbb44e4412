import { eventPageSchema, type LoggedEvent, loggedEventSchema, type RunId, routes } from '@tributary/protocol'
import { type Caller, call } from '../api/call.ts'
import { fetchCurves, fetchRoundColumns, fetchRun, fetchSpreads } from '../api/queries.ts'
import {
  clientValuesOf,
  curveOf,
  foldHorizontal,
  type HorizontalRun,
  RoundHistory,
  RunStore,
  systemTiming,
} from '../live-store/index.ts'
import type { Credential } from '../session/credential.ts'
import { socketConnection } from './socket-connection.ts'
import { useLiveStore } from './use-live-store.ts'

export type HorizontalStore = RunStore<HorizontalRun, LoggedEvent>

/** The run first, then its parts: what is newer than the run's `headSeq` in them is told again and changes nothing. */
async function readSnapshot(caller: Caller, id: string, signal: AbortSignal) {
  const run = await fetchRun(caller, id, signal)
  const [columns, curves, spreads, newest] = await Promise.all([
    fetchRoundColumns(caller, id, 'all', signal),
    fetchCurves(caller, id, { scope: 'global' }, signal),
    fetchSpreads(caller, id, { to: Math.max(0, run.round - 1) }, signal),
    fetchCurves(caller, id, { scope: 'participant', from: run.round }, signal),
  ])
  const state: HorizontalRun = {
    run,
    history: RoundHistory.of(columns),
    rounds: columns.newest === null ? [] : [columns.newest],
    curves: curves.map(curveOf),
    spreads,
    clients: clientValuesOf(newest),
  }
  return { stream: run.stream, seq: run.headSeq, state }
}

const open = (caller: Caller, run: RunId, credential: Credential): HorizontalStore =>
  new RunStore<HorizontalRun, LoggedEvent>({
    run,
    timing: systemTiming,
    fold: foldHorizontal,
    connection: socketConnection({ run, credential, frames: 'events', event: loggedEventSchema }),
    history: {
      snapshot: (signal) => readSnapshot(caller, run, signal),
      events: ({ after, before, limit }, signal) =>
        call(caller, eventPageSchema, { path: routes.runEvents(run), query: { after, before, limit }, signal }),
    },
  })

/** A run, live. */
export const useHorizontalRun = (run: RunId) => useLiveStore(run, open)
