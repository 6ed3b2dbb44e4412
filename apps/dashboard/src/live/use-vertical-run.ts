import {
  type LoggedVerticalEvent,
  loggedVerticalEventSchema,
  type RunId,
  routes,
  verticalEventPageSchema,
  verticalRunSchema,
} from '@tributary/protocol'
import { type Caller, call } from '../api/call.ts'
import { emptyVertical, foldVertical, RunStore, systemTiming, type VerticalState } from '../live-store/index.ts'
import type { Credential } from '../session/credential.ts'
import { socketConnection } from './socket-connection.ts'
import { useLiveStore } from './use-live-store.ts'

const PAGE = 5_000

const eventsOf = (caller: Caller, run: string, range: { after: number; before?: number; limit: number }, signal: AbortSignal) =>
  call(caller, verticalEventPageSchema, { path: routes.verticalEvents(run), query: range, signal })

/** The run, and all of its events: lanes and losses are sums over them. */
async function readSnapshot(caller: Caller, id: string, signal: AbortSignal) {
  const run = await call(caller, verticalRunSchema, { path: routes.verticalRun(id), signal })
  let state: VerticalState = emptyVertical(run)
  while (state.seq < run.headSeq) {
    const { events } = await eventsOf(caller, id, { after: state.seq, limit: PAGE }, signal)
    if (events.length === 0) break
    state = events.reduce(foldVertical, state)
  }
  return { stream: run.stream, seq: state.seq, state }
}

const open = (caller: Caller, run: RunId, credential: Credential): RunStore<VerticalState, LoggedVerticalEvent> =>
  new RunStore<VerticalState, LoggedVerticalEvent>({
    run,
    timing: systemTiming,
    fold: foldVertical,
    connection: socketConnection({ run, credential, frames: 'verticalEvents', event: loggedVerticalEventSchema }),
    history: {
      snapshot: (signal) => readSnapshot(caller, run, signal),
      events: (range, signal) => eventsOf(caller, run, range, signal),
    },
  })

/** A vertical run, live. */
export const useVerticalRun = (run: RunId) => useLiveStore(run, open)
