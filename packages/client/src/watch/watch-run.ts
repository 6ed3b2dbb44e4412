import {
  type EventPage,
  heartbeatSchema,
  type LoggedEvent,
  loggedEventSchema,
  type Presence,
  type ProgressFrame,
  presenceSchema,
  progressFrameSchema,
  type RunPhase,
  runIdSchema,
  type Subscribed,
  subscribedSchema,
  TributaryError,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { z } from 'zod'
import type { CoordinatorApi } from '../http/coordinator-api.ts'
import { parseMessage } from '../http/json-call.ts'
import { ReconnectingSocket } from '../socket/reconnecting-socket.ts'
import { type Clock, systemClock } from '../timing/clock.ts'
import { linkedAbort } from '../timing/linked-abort.ts'
import { retrying } from '../timing/retry.ts'
import { atStream, type LogPosition, readFrame } from './event-log-reader.ts'
import { Inbox } from './inbox.ts'

export interface WatchOptions {
  /** Goes on after this event; default: from the first. */
  readonly after?: LogPosition | undefined
  readonly onProgress?: ((frame: ProgressFrame) => void) | undefined
  readonly onPresence?: ((frame: Presence) => void) | undefined
  /** The coordinator's log is another one now: what was yielded is void, the events follow anew from seq 1. */
  readonly onRestart?: (() => void) | undefined
  /** The connection broke, or something came that was not understood; the watch goes on. */
  readonly onTrouble?: ((error: TributaryError) => void) | undefined
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
}

const eventsFrameSchema = z.object({ run: runIdSchema, events: z.array(loggedEventSchema) })
const subscribeAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), subscribed: subscribedSchema }),
  z.object({ ok: z.literal(false), error: z.unknown() }),
])

type Incoming =
  | { readonly type: 'connected' }
  | { readonly type: 'events'; readonly events: readonly LoggedEvent[] }
  | { readonly type: 'heartbeat'; readonly stream: string; readonly headSeq: number }
  | { readonly type: 'refused'; readonly error: TributaryError }

/** A slow reader loses frames beyond this number; the hole is filled over HTTP. */
const INBOX_FRAMES = 1_000
const PAGE = 1_000

/**
 * A run's durable events in order, each once, over breaks of the connection and restarts of the coordinator; ends after the
 * event that ends the run. Holes are filled over HTTP.
 * @throws TributaryError that retrying does not mend (`unauthenticated`, `not_found`, `forbidden` …); the signal's reason
 */
export async function* watchRun(api: CoordinatorApi, run: string, options: WatchOptions = {}): AsyncGenerator<LoggedEvent, void> {
  const { clock = systemClock, onTrouble, onRestart } = options
  const { controller, unlink } = linkedAbort(options.signal ?? new AbortController().signal)
  const { signal } = controller
  const inbox = new Inbox<Incoming>(INBOX_FRAMES)
  const socket = openSocket(api, run, options, clock, inbox)
  let position: LogPosition = options.after ?? { stream: null, lastSeq: 0 }
  let hasEnded = false
  try {
    socket.open()
    while (!hasEnded) {
      const incoming = await inbox.take(signal)
      switch (incoming.type) {
        case 'refused':
          throw incoming.error
        case 'connected':
          yield* catchUp(await subscribe())
          break
        case 'heartbeat':
          // What is in the inbox may be what the heartbeat speaks of.
          move(incoming.stream)
          if (incoming.headSeq > position.lastSeq && inbox.isEmpty) yield* fill()
          break
        case 'events': {
          const reading = readFrame(position, incoming.events)
          position = reading.position
          if (reading.isRestarted) onRestart?.()
          yield* hand(reading.events)
          if (reading.isMissing) yield* fill()
        }
      }
    }
  } finally {
    controller.abort()
    unlink()
    socket.close()
  }

  function move(stream: string): void {
    const moved = atStream(position, stream)
    position = moved.position
    if (moved.isRestarted) onRestart?.()
  }

  function* hand(events: readonly LoggedEvent[]): Generator<LoggedEvent> {
    for (const event of events) {
      if (hasEnded) return
      hasEnded = endsRun(event)
      yield event
    }
  }

  /** @returns null when the connection broke meanwhile: the next one subscribes again */
  async function subscribe(): Promise<Subscribed | null> {
    try {
      const message = { run, stream: position.stream, lastSeq: position.lastSeq }
      const answer = parseMessage(subscribeAnswerSchema, await socket.ask('subscribe', message), 'the answer to subscribe')
      if (!answer.ok) throw TributaryError.fromBody(answer.error)
      return answer.subscribed
    } catch (error) {
      if (!(error instanceof TributaryError) || !error.retryable) throw error
      onTrouble?.(error)
      if (socket.connected) {
        await clock.sleep(1_000 * clock.random(), signal)
        inbox.put({ type: 'connected' })
      }
      return null
    }
  }

  async function* catchUp(subscribed: Subscribed | null): AsyncGenerator<LoggedEvent> {
    if (subscribed === null) return
    const isOtherLog = position.stream !== null && position.stream !== subscribed.stream
    move(subscribed.stream)
    if (isOtherLog || subscribed.snapshot) yield* fill()
    // A run that is over sends nothing that would end the wait.
    const { phase } = await retrying(() => api.run(run, signal), retry())
    if (isFinal(phase)) yield* fill()
    if (isFinal(phase)) hasEnded = true
  }

  /** The events after the position, by pages, to the head. */
  async function* fill(): AsyncGenerator<LoggedEvent> {
    for (;;) {
      const page: EventPage = await retrying(() => api.events(run, { after: position.lastSeq, limit: PAGE }, signal), retry())
      const before = position
      move(page.stream)
      if (position.lastSeq < before.lastSeq) continue
      const reading = readFrame(position, page.events)
      position = reading.position
      yield* hand(reading.events)
      if (hasEnded || position.lastSeq >= page.headSeq) return
      if (reading.events.length === 0) throw new TributaryError('unexpected', { reason: `the log of ${run} has a hole` })
    }
  }

  function retry() {
    return { clock, signal, onRetry: (error: TributaryError) => onTrouble?.(error) }
  }
}

const isFinal = (phase: RunPhase): boolean => phase === 'completed' || phase === 'failed' || phase === 'cancelled'

const endsRun = ({ event }: LoggedEvent): boolean => event.type === 'run.state' && isFinal(event.data.to)

function openSocket(
  api: CoordinatorApi,
  run: string,
  { onProgress, onPresence, onTrouble }: WatchOptions,
  clock: Clock,
  inbox: Inbox<Incoming>,
): ReconnectingSocket {
  const reads =
    <T>(event: string, schema: z.ZodType<T>, handle: (message: T) => void) =>
    (raw: unknown) => {
      const parsed = schema.safeParse(raw)
      if (parsed.success) return handle(parsed.data)
      const reason = `message ${event}: ${parsed.error.issues[0]?.message ?? 'invalid'}`
      onTrouble?.(new TributaryError('unexpected', { reason }))
    }
  const own =
    <T extends { readonly run: string }>(handle: (message: T) => void) =>
    (message: T) => {
      if (message.run === run) handle(message)
    }
  const trouble = (reason: string) => onTrouble?.(new TributaryError('unreachable', { url: api.address.href, reason }))
  return new ReconnectingSocket({
    address: api.address,
    namespace: WATCH_NAMESPACE,
    token: api.token ?? '',
    clock,
    onConnected: () => inbox.put({ type: 'connected' }),
    onDisconnected: trouble,
    onConnectFailed: (error) => onTrouble?.(error),
    onRefused: (error) => inbox.put({ type: 'refused', error }),
    messages: {
      events: reads(
        'events',
        eventsFrameSchema,
        own(({ events }) => inbox.put({ type: 'events', events })),
      ),
      heartbeat: reads(
        'heartbeat',
        heartbeatSchema,
        own(({ stream, headSeq }) => inbox.put({ type: 'heartbeat', stream, headSeq })),
      ),
      progress: reads(
        'progress',
        progressFrameSchema,
        own((frame) => onProgress?.(frame)),
      ),
      presence: reads('presence', presenceSchema, (frame) => onPresence?.(frame)),
    },
  })
}
