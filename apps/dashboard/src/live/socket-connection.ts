import {
  errorBodySchema,
  heartbeatSchema,
  PROTOCOL_VERSION,
  presenceSchema,
  progressFrameSchema,
  type Subscribe,
  subscribedSchema,
  TributaryError,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { z } from 'zod'
import type { ConnectionHandlers, Sequenced, WatchConnection } from '../live-store/index.ts'
import type { Credential } from '../session/credential.ts'

const ANSWER_MS = 10_000
const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), subscribed: subscribedSchema }),
  z.object({ ok: z.literal(false), error: z.unknown() }),
])

export interface SocketOptions<Event> {
  readonly run: string
  readonly credential: Credential
  /** `events`, or for a vertical run `verticalEvents`. */
  readonly frames: 'events' | 'verticalEvents'
  readonly event: z.ZodType<Event>
}

const handshakeOf = (credential: Credential) =>
  credential.kind === 'token' ? { token: credential.token } : { token: '', csrf: credential.csrf }

/** `/watch` by Socket.IO. It never tries again by itself: the store does, with pauses of its own. */
export function socketConnection<Event extends Sequenced>(options: SocketOptions<Event>): WatchConnection<Event> {
  const { run, credential, frames, event } = options
  let socket: Socket | null = null
  /** Counts attempts: one that was dropped while its library came must not begin. */
  let attempt = 0
  const drop = () => {
    attempt += 1
    socket?.removeAllListeners()
    socket?.disconnect()
    socket = null
  }
  const connect = async (handlers: ConnectionHandlers<Event>, own: number) => {
    // What a page shows first comes over HTTP: the socket's library comes after it.
    const { io } = await import('socket.io-client')
    if (own !== attempt) return
    socket = io(WATCH_NAMESPACE, {
      transports: ['websocket'],
      auth: { protocol: PROTOCOL_VERSION, ...handshakeOf(credential) },
      reconnection: false,
      forceNew: true,
    })
    socket.on('connect', () => handlers.connected())
    socket.on('disconnect', (reason) => handlers.disconnected(reason))
    socket.on('connect_error', (error: Error & { data?: unknown }) => refusedOrBroken(handlers, error))
    socket.on('signedOut', (error: unknown) => handlers.refused(TributaryError.fromBody(error)))
    listen(socket, run, frames, event, handlers)
  }
  return {
    open: (handlers) => {
      drop()
      const own = attempt
      connect(handlers, own).catch((error: Error) => {
        if (own === attempt) handlers.disconnected(error.message)
      })
    },
    subscribe: async (message: Subscribe) => {
      const ask = socket
      if (ask === null || !ask.connected) throw broken('not connected')
      const raw: unknown = await ask
        .timeout(ANSWER_MS)
        .emitWithAck('subscribe', message)
        .catch((error: Error) => {
          throw broken(error.message)
        })
      const answer = answerSchema.safeParse(raw)
      if (!answer.success) throw new TributaryError('unexpected', { reason: 'the answer to subscribe' })
      if (!answer.data.ok) throw TributaryError.fromBody(answer.data.error)
      return answer.data.subscribed
    },
    close: drop,
  }
}

const broken = (reason: string) => new TributaryError('unreachable', { url: WATCH_NAMESPACE, reason })

function refusedOrBroken<Event>(handlers: ConnectionHandlers<Event>, error: Error & { data?: unknown }): void {
  const body = errorBodySchema.safeParse(error.data)
  const refusal = body.success ? TributaryError.fromBody(body.data) : null
  if (refusal !== null && !refusal.retryable) handlers.refused(refusal)
  else handlers.disconnected(error.message)
}

/** A message that is not understood is left out: what is durable comes again over HTTP when the next heartbeat shows the hole. */
function listen<Event>(
  socket: Socket,
  run: string,
  frames: string,
  event: z.ZodType<Event>,
  handlers: ConnectionHandlers<Event>,
): void {
  const own = { run: z.literal(run) }
  const on = <T>(name: string, schema: z.ZodType<T>, handle: (message: T) => void) => {
    socket.on(name, (raw: unknown) => {
      const parsed = schema.safeParse(raw)
      if (parsed.success) handle(parsed.data)
    })
  }
  on(frames, z.object({ ...own, events: z.array(event) }), ({ events }) => handlers.events(events))
  on('heartbeat', heartbeatSchema, (head) => {
    if (head.run === run) handlers.heartbeat(head)
  })
  on('progress', progressFrameSchema, (frame) => {
    if (frame.run === run) handlers.progress(frame)
  })
  on('presence', presenceSchema, (frame) => handlers.presence(frame))
}
