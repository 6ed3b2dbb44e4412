import {
  type CoordinatorToWatcher,
  type FederationId,
  type LoggedEvent,
  type RunId,
  runIdSchema,
  type Subscribed,
  subscribeSchema,
  TributaryError,
  type WatcherToCoordinator,
} from '@tributary/protocol'
import type { Namespace, Socket } from 'socket.io'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { CommittedEvents } from '../rounds/event-feed.ts'
import type { AccountRecord, Store } from '../storage/store.ts'
import { type Authenticate, accountOf, requireHandshake } from './authentication.ts'
import type { ProgressBoard } from './progress-board.ts'

export type WatchNamespace = Namespace<WatcherToCoordinator, CoordinatorToWatcher>

export interface WatchDeps {
  store: Store
  engine: CoordinatorRunEngine
  authenticate: Authenticate
  progress: ProgressBoard
  now: () => number
  onError: (error: unknown) => void
}

const BATCH_MS = 250
const PROGRESS_MS = 500
const PRESENCE_MS = 1_000
const HEARTBEAT_MS = 5_000
/** Beyond this many missed events a snapshot is cheaper than the events. */
const MOST_MISSED = 5_000

const runRoom = (run: RunId): string => `run:${run}`

/** Serves people and programs that watch: durable events in order, progress and presence as they are. */
export function serveWatchers(namespace: WatchNamespace, deps: WatchDeps): { close: () => void } {
  const { engine, store, now, onError, progress } = deps
  const batches = new Map<RunId, LoggedEvent[]>()
  const watched = new Map<RunId, { federation: FederationId; stream: string; headSeq: number }>()
  requireHandshake(namespace, deps.authenticate, () => {})

  const unsubscribeFeed = engine.feed.subscribe((committed) => {
    if (!watched.has(committed.run)) return
    watched.set(committed.run, head(committed))
    batches.set(committed.run, [...(batches.get(committed.run) ?? []), ...committed.events])
  })

  const sendBatches = (): void => {
    for (const [run, events] of batches) namespace.to(runRoom(run)).emit('events', { run, events })
    batches.clear()
  }
  const sendProgress = (): void => {
    for (const { run, participants } of progress.take()) {
      const phase = watched.has(run) ? livePhase(run) : null
      if (phase !== null) namespace.to(runRoom(run)).volatile.emit('progress', { run, phase, participants })
      else progress.forget(run)
    }
  }
  const livePhase = (run: RunId) => {
    const federation = watched.get(run)?.federation
    return federation === undefined ? null : (engine.live(federation).find(({ id }) => id === run)?.state.phase ?? null)
  }
  let lastPresence = ''
  const sendPresence = (): void => {
    const frames = [...new Set([...watched.values()].map(({ federation }) => federation))].map((federation) => ({
      federation,
      online: engine.presence.names(federation),
    }))
    const text = JSON.stringify(frames)
    if (text === lastPresence) return
    lastPresence = text
    for (const frame of frames) namespace.to(`presence:${frame.federation}`).volatile.emit('presence', frame)
  }
  const sendHeartbeats = (): void => {
    for (const [run, { stream, headSeq }] of watched) {
      if ((namespace.adapter.rooms.get(runRoom(run))?.size ?? 0) === 0) watched.delete(run)
      else namespace.to(runRoom(run)).emit('heartbeat', { run, stream, headSeq, serverTime: new Date(now()).toISOString() })
    }
  }
  const timers = [
    setInterval(sendBatches, BATCH_MS),
    setInterval(sendProgress, PROGRESS_MS),
    setInterval(sendPresence, PRESENCE_MS),
    setInterval(sendHeartbeats, HEARTBEAT_MS),
  ]

  namespace.on('connection', (socket) => {
    socket.on('subscribe', (message, acknowledge) => {
      subscribe(socket, message).then(
        (subscribed) => acknowledge?.({ ok: true, subscribed }),
        (error) => {
          if (!(error instanceof TributaryError)) onError(error)
          const known = error instanceof TributaryError ? error : new TributaryError('internal', { reference: 'see the log' })
          acknowledge?.({ ok: false, error: known.toBody() })
        },
      )
    })
    socket.on('unsubscribe', (message) => {
      const run = runIdSchema.safeParse((message as { run?: unknown } | null)?.run)
      if (run.success) void socket.leave(runRoom(run.data))
    })
  })

  async function subscribe(socket: Socket<WatcherToCoordinator, CoordinatorToWatcher>, message: unknown): Promise<Subscribed> {
    const parsed = subscribeSchema.safeParse(message)
    if (!parsed.success)
      throw new TributaryError('bad_request', { issues: parsed.error.issues.map(({ path }) => path.join('.')).join('; ') })
    const { run, stream, lastSeq } = parsed.data
    const before = await store.run(run)
    if (before === null || !mayWatch(accountOf(socket), before.federation))
      throw new TributaryError('not_found', { what: 'run', id: run })
    // From here on batches reach the socket; what lies before is read from the store. An overlap is dropped by seq.
    watched.set(run, { federation: before.federation, stream: before.stream, headSeq: before.headSeq })
    await socket.join([runRoom(run), `presence:${before.federation}`])
    lastPresence = ''
    const record = (await store.run(run)) ?? before
    const known = stream === record.stream ? lastSeq : 0
    const snapshot = (stream !== null && stream !== record.stream) || record.headSeq - known > MOST_MISSED
    if (!snapshot && record.headSeq > known) {
      const events = await store.events(run, { after: known, limit: MOST_MISSED })
      socket.emit('events', { run, events })
    }
    return { run, stream: record.stream, headSeq: record.headSeq, snapshot }
  }

  return {
    close: () => {
      for (const timer of timers) clearInterval(timer)
      unsubscribeFeed()
    },
  }
}

const head = ({ federation, stream, headSeq }: CommittedEvents) => ({ federation, stream, headSeq })

const mayWatch = (account: AccountRecord, federation: FederationId): boolean =>
  account.role === 'admin' ? account.federation === null || account.federation === federation : account.federation === federation
