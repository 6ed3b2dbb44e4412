import { setImmediate as nextTurn } from 'node:timers/promises'
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
import type { CoordinatorLimits } from '../access/limits.ts'
import type { IsTrustedProxy } from '../access/trusted-proxies.ts'
import type { View, Views } from '../access/view.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { progressInView } from '../rest/in-view.ts'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { Store } from '../storage/store.ts'
import type { VerticalEngine } from '../vertical/vertical-engine.ts'
import { acknowledged } from './acknowledged.ts'
import { Audiences } from './audiences.ts'
import { accountOf, requireHandshake } from './authentication.ts'
import { type CatchUps, catchUps } from './catch-ups.ts'
import { perMinute } from './per-minute.ts'
import type { ProgressBoard } from './progress-board.ts'
import { endWithSignIn } from './signed-out.ts'
import { drained, isDrained, lineOf } from './unread.ts'
import { FrameBatches, horizontalLog, type LogHead, type MissedEvents, verticalLog } from './watched-log.ts'

export type WatchNamespace = Namespace<WatcherToCoordinator, CoordinatorToWatcher>
type WatchSocket = Socket<WatcherToCoordinator, CoordinatorToWatcher>

export interface WatchDeps {
  store: Store
  engine: CoordinatorRunEngine
  vertical: VerticalEngine
  accounts: Accounts
  isTrustedProxy: IsTrustedProxy | null
  views: Views
  progress: ProgressBoard
  limits: Pick<CoordinatorLimits, 'socketCallsPerMinute'>
  now: () => number
  onError: (error: unknown) => void
}

const BATCH_MS = 250
const PROGRESS_MS = 500
const PRESENCE_MS = 1_000
const HEARTBEAT_MS = 5_000
/** Beyond this many missed events a snapshot is cheaper than the events. */
const MOST_MISSED = 5_000
/** Missed events in one frame: between frames others have their turn, and the watcher has read the one before. */
const SLICE = 200

/** Those who are still being told what they missed: new events would reach them before the old ones. */
const behindRoom = (run: RunId): string => `behind:${run}`

/** Serves people and programs that watch: durable events in order, progress and presence as they are. */
export function serveWatchers(namespace: WatchNamespace, deps: WatchDeps): { close: () => void } {
  const { engine, vertical, store, views, now, onError, progress } = deps
  const watched = new Map<RunId, LogHead>()
  const audiences = new Audiences()
  const isEmpty = (room: string): boolean => (namespace.adapter.rooms.get(room)?.size ?? 0) === 0
  const horizontalFrames = new FrameBatches(horizontalLog(store, engine), watched)
  const verticalFrames = new FrameBatches(verticalLog(store, vertical), watched)
  requireHandshake(namespace, deps, () => {})

  /** A frame that cannot be made is reported; the timers and the other frames go on. */
  const attempt = (make: () => void): void => {
    try {
      make()
    } catch (error) {
      onError(error)
    }
  }
  const sendBatches = (): void => {
    for (const frames of [horizontalFrames, verticalFrames])
      frames.send(
        (run) => [...audiences.of(run)].map(({ room, view }) => ({ target: namespace.to(room).except(behindRoom(run)), view })),
        attempt,
      )
  }
  const sendProgress = (): void => {
    const boards = progress.take()
    if (boards.length === 0) return
    // Who is slow misses some, as with `volatile`; that would drop every frame after the first of a turn for everybody.
    const busy = [...namespace.sockets.values()].filter((socket) => !isDrained(lineOf(socket))).map(({ id }) => id)
    for (const { run, participants } of boards)
      attempt(() => {
        const phase = watched.has(run) ? livePhase(run) : null
        if (phase === null) return progress.forget(run)
        for (const { room, view } of audiences.of(run))
          attempt(() => {
            const frame = { run, phase, participants: participants.map((one) => progressInView(one, view)) }
            namespace.to(room).except(busy).emit('progress', frame)
          })
      })
  }
  const livePhase = (run: RunId) => {
    const federation = watched.get(run)?.federation
    return federation === undefined ? null : (engine.live(federation).find(({ id }) => id === run)?.state.phase ?? null)
  }
  /** What each presence room was told last. */
  const toldPresence = new Map<string, string>()
  const sendPresence = (): void => {
    const rooms = audiences.forPresence()
    for (const { presenceRoom, federation, view } of rooms)
      attempt(() => {
        const frame = { federation, online: engine.presence.names(federation).map(view.name).sort() }
        const text = JSON.stringify(frame)
        if (toldPresence.get(presenceRoom) === text) return
        toldPresence.set(presenceRoom, text)
        namespace.to(presenceRoom).emit('presence', frame)
      })
    const there = new Set(rooms.map(({ presenceRoom }) => presenceRoom))
    for (const room of toldPresence.keys()) if (!there.has(room)) toldPresence.delete(room)
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
    setInterval(attempt, BATCH_MS, sendBatches),
    setInterval(attempt, PROGRESS_MS, sendProgress),
    setInterval(attempt, PRESENCE_MS, sendPresence),
    setInterval(attempt, HEARTBEAT_MS, sendHeartbeats),
  ]

  namespace.on('connection', (socket) => {
    const missed = catchUps(onError)
    const admit = perMinute(deps.limits.socketCallsPerMinute, now)
    const follow = async (message: Subscribe) => ({ subscribed: await subscribe(socket, missed, message) })
    socket.on('subscribe', acknowledged(subscribeSchema, follow, onError, admit))
    socket.on('unsubscribe', (message) => {
      const run = runIdSchema.safeParse((message as { run?: unknown } | null)?.run)
      if (!run.success) return
      missed.drop(run.data)
      for (const room of [behindRoom(run.data), ...[...audiences.of(run.data)].map(({ room }) => room)]) void socket.leave(room)
    })
  })

  /** Answered as soon as it is known where the log stands: what was missed follows as fast as it is read. */
  async function subscribe(socket: WatchSocket, missed: CatchUps, { run, stream, lastSeq }: Subscribe): Promise<Subscribed> {
    const caller = accountOf(socket)
    const horizontal = await horizontalFrames.log.headFor(caller, run)
    const frames = horizontal === null ? verticalFrames : horizontalFrames
    const before = horizontal ?? (await verticalFrames.log.headFor(caller, run))
    if (before === null) throw new TributaryError('not_found', { what: 'run', id: run })
    // Rooms keep whoever enters after its end.
    if (!socket.connected) throw new TributaryError('unavailable')
    // From here on batches are for this socket too; what lies before is read from the store. An overlap is dropped by seq.
    newest(run, before)
    const view = views(caller, before.federation)
    const { room, presenceRoom } = audiences.enter(run, before.federation, caller, view)
    await socket.join([room, presenceRoom, behindRoom(run)])
    toldPresence.delete(presenceRoom)
    const record = newest(run, (await frames.log.head(run)) ?? before)
    const known = stream === record.stream ? lastSeq : 0
    const snapshot = (stream !== null && stream !== record.stream) || record.headSeq - known > MOST_MISSED
    const from = snapshot ? record.headSeq : known
    missed.add(run, (isWanted) => bring(socket, frames, run, view, from, isWanted))
    return { run, stream: record.stream, headSeq: record.headSeq, snapshot }
  }

  /** The head that is known best: the store's answer may be older than what the feed has told meanwhile. */
  function newest(run: RunId, head: LogHead): LogHead {
    const known = watched.get(run)
    if (known !== undefined && known.stream === head.stream && known.headSeq >= head.headSeq) return known
    watched.set(run, head)
    return head
  }

  /** Tells one watcher what it missed, a slice at a time, each after it has taken the one before. */
  async function bring(
    socket: WatchSocket,
    frames: MissedEvents,
    run: RunId,
    view: View,
    from: number,
    isWanted: () => boolean,
  ): Promise<void> {
    try {
      for (let at = from; isWanted(); ) {
        const missing = frames.toldUpTo(run, watched.get(run)?.headSeq ?? 0) - at
        if (missing <= 0 || !(await drained(lineOf(socket)))) return
        const slice = await frames.slice(run, { after: at, limit: Math.min(SLICE, missing) })
        if (slice === null || !isWanted()) return
        slice.tell(socket, view)
        at = slice.lastSeq
        await nextTurn()
      }
    } finally {
      // In the turn in which nothing was missing: between the two no batch is lost.
      if (isWanted()) void socket.leave(behindRoom(run))
    }
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
