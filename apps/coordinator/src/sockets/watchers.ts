import {
  type CoordinatorToWatcher,
  type RunId,
  runIdSchema,
  type Subscribe,
  type Subscribed,
  subscribeSchema,
  TributaryError,
  type WatcherToCoordinator,
} from '@tributary/protocol'
import type { Namespace, Socket } from 'socket.io'
import type { IsTrustedProxy } from '../access/trusted-proxies.ts'
import type { Views } from '../access/view.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { progressInView } from '../rest/in-view.ts'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { Store } from '../storage/store.ts'
import type { VerticalEngine } from '../vertical/vertical-engine.ts'
import { acknowledged } from './acknowledged.ts'
import { Audiences } from './audiences.ts'
import { accountOf, requireHandshake } from './authentication.ts'
import type { ProgressBoard } from './progress-board.ts'
import { endWithSignIn } from './signed-out.ts'
import { FrameBatches, horizontalLog, type LogHead, verticalLog } from './watched-log.ts'

export type WatchNamespace = Namespace<WatcherToCoordinator, CoordinatorToWatcher>

export interface WatchDeps {
  store: Store
  engine: CoordinatorRunEngine
  vertical: VerticalEngine
  accounts: Accounts
  isTrustedProxy: IsTrustedProxy | null
  views: Views
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

/** Serves people and programs that watch: durable events in order, progress and presence as they are. */
export function serveWatchers(namespace: WatchNamespace, deps: WatchDeps): { close: () => void } {
  const { engine, vertical, store, views, now, onError, progress } = deps
  const watched = new Map<RunId, LogHead>()
  const audiences = new Audiences()
  const isEmpty = (room: string): boolean => (namespace.adapter.rooms.get(room)?.size ?? 0) === 0
  const horizontalFrames = new FrameBatches(horizontalLog(store, engine), watched)
  const verticalFrames = new FrameBatches(verticalLog(store, vertical), watched)
  requireHandshake(namespace, deps, () => {})

  const sendBatches = (): void => {
    for (const frames of [horizontalFrames, verticalFrames])
      frames.send((run) => [...audiences.of(run)].map(({ room, view }) => ({ target: namespace.to(room), view })))
  }
  const sendProgress = (): void => {
    for (const { run, participants } of progress.take()) {
      const phase = watched.has(run) ? livePhase(run) : null
      if (phase === null) progress.forget(run)
      else
        for (const { room, view } of audiences.of(run)) {
          const frame = { run, phase, participants: participants.map((one) => progressInView(one, view)) }
          namespace.to(room).volatile.emit('progress', frame)
        }
    }
  }
  const livePhase = (run: RunId) => {
    const federation = watched.get(run)?.federation
    return federation === undefined ? null : (engine.live(federation).find(({ id }) => id === run)?.state.phase ?? null)
  }
  let lastPresence = ''
  const sendPresence = (): void => {
    const frames = audiences.forPresence().map(({ presenceRoom, federation, view }) => ({
      presenceRoom,
      frame: { federation, online: engine.presence.names(federation).map(view.name).sort() },
    }))
    const text = JSON.stringify(frames)
    if (text === lastPresence) return
    lastPresence = text
    for (const { presenceRoom, frame } of frames) namespace.to(presenceRoom).volatile.emit('presence', frame)
  }
  const sendHeartbeats = (): void => {
    for (const [run, { stream, headSeq }] of watched) {
      if (!audiences.prune(run, isEmpty)) watched.delete(run)
      else
        for (const { room } of audiences.of(run))
          namespace.to(room).emit('heartbeat', { run, stream, headSeq, serverTime: new Date(now()).toISOString() })
    }
  }
  const signIns = endWithSignIn(namespace, deps.accounts.ends, onError)
  const timers = [
    setInterval(sendBatches, BATCH_MS),
    setInterval(sendProgress, PROGRESS_MS),
    setInterval(sendPresence, PRESENCE_MS),
    setInterval(sendHeartbeats, HEARTBEAT_MS),
  ]

  namespace.on('connection', (socket) => {
    socket.on(
      'subscribe',
      acknowledged(subscribeSchema, async (message) => ({ subscribed: await subscribe(socket, message) }), onError),
    )
    socket.on('unsubscribe', (message) => {
      const run = runIdSchema.safeParse((message as { run?: unknown } | null)?.run)
      if (run.success) for (const { room } of audiences.of(run.data)) void socket.leave(room)
    })
  })

  async function subscribe(
    socket: Socket<WatcherToCoordinator, CoordinatorToWatcher>,
    { run, stream, lastSeq }: Subscribe,
  ): Promise<Subscribed> {
    const caller = accountOf(socket)
    const horizontal = await horizontalFrames.log.headFor(caller, run)
    const frames = horizontal === null ? verticalFrames : horizontalFrames
    const before = horizontal ?? (await verticalFrames.log.headFor(caller, run))
    if (before === null) throw new TributaryError('not_found', { what: 'run', id: run })
    // From here on batches reach the socket; what lies before is read from the store. An overlap is dropped by seq.
    watched.set(run, before)
    const view = views(caller, before.federation)
    const { room, presenceRoom } = audiences.enter(run, before.federation, caller, view)
    await socket.join([room, presenceRoom])
    lastPresence = ''
    const record = (await frames.log.head(run)) ?? before
    const known = stream === record.stream ? lastSeq : 0
    const snapshot = (stream !== null && stream !== record.stream) || record.headSeq - known > MOST_MISSED
    if (!snapshot && record.headSeq > known) await frames.catchUp(socket, run, view, known, MOST_MISSED)
    return { run, stream: record.stream, headSeq: record.headSeq, snapshot }
  }

  return {
    close: () => {
      for (const timer of timers) clearInterval(timer)
      signIns.close()
      horizontalFrames.close()
      verticalFrames.close()
    },
  }
}
