import { ackSchema, errorBodySchema, PROTOCOL_VERSION, TributaryError } from '@tributary/protocol'
import { io, type Socket } from 'socket.io-client'
import type { CoordinatorAddress } from '../http/address.ts'
import { unreachable } from '../http/exchange.ts'
import { parseMessage } from '../http/json-call.ts'
import { BACKOFF_CAP_MS, backoff } from '../timing/backoff.ts'
import type { Clock } from '../timing/clock.ts'
import { retryAfter } from '../timing/retry.ts'

export const ACKNOWLEDGE_TIMEOUT_MS = 10_000

export interface SocketOptions {
  readonly address: CoordinatorAddress
  readonly namespace: string
  readonly token: string
  readonly clock: Clock
  readonly onConnected: () => void
  readonly onDisconnected: (reason: string, retryInMilliseconds: number) => void
  readonly onConnectFailed: (error: TributaryError, retryInMilliseconds: number) => void
  /** The coordinator refuses for a reason that trying again does not mend; nothing more is tried. */
  readonly onRefused: (error: TributaryError) => void
  /** Handlers of messages, by event; they get what came, unchecked, and must not throw. */
  readonly messages: Readonly<Record<string, (message: unknown) => void>>
}

/** A Socket.IO connection that comes back for ever, with a pause of its own (see backoff) before each attempt. */
export class ReconnectingSocket {
  readonly #options: SocketOptions
  readonly #socket: Socket
  readonly #closed = new AbortController()
  /** Attempts and short connections since the last good one. */
  #failures = 0
  /** Null while there is no connection. */
  #connectedAt: number | null = null
  /** An attempt is due: what else is said of the connection that failed changes nothing. */
  #isWaiting = false

  constructor(options: SocketOptions) {
    const { address, namespace, token, messages } = options
    this.#options = options
    this.#socket = io(address.origin + namespace, {
      path: `${address.base}/socket.io`,
      transports: ['websocket'],
      auth: { protocol: PROTOCOL_VERSION, token },
      autoConnect: false,
      // Its own loop stops when the server closes a connection, and its pauses cannot be injected.
      reconnection: false,
      forceNew: true,
    })
    this.#socket.on('connect', () => {
      this.#connectedAt = options.clock.now()
      options.onConnected()
    })
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => this.#failed(error))
    this.#socket.on('disconnect', (reason) => {
      if (this.#closed.signal.aborted) return
      const connectedAt = this.#connectedAt
      this.#connectedAt = null
      // Broken off before the coordinator answered: it was no connection yet.
      if (connectedAt === null) return this.#failed(new Error(reason))
      // A coordinator that falls over at once must not be stormed.
      if (options.clock.now() - connectedAt >= BACKOFF_CAP_MS) this.#failures = 0
      options.onDisconnected(reason, this.#again())
    })
    this.#socket.on('stillThere', (acknowledge: unknown) => {
      if (typeof acknowledge === 'function') acknowledge({ ok: true })
    })
    for (const [event, handle] of Object.entries(messages)) this.#socket.on(event, handle)
  }

  open(): void {
    this.#socket.connect()
  }

  get connected(): boolean {
    return this.#socket.connected
  }

  /** Dropped when it cannot be sent now. */
  sendVolatile(event: string, message: unknown): void {
    if (this.#socket.connected) this.#socket.volatile.emit(event, message)
  }

  /** @throws TributaryError `unreachable` when no answer comes on this connection in time */
  async ask(event: string, message: unknown): Promise<unknown> {
    if (!this.#socket.connected) throw unreachable(this.#options.address, 'not connected')
    try {
      return await this.#socket.timeout(ACKNOWLEDGE_TIMEOUT_MS).emitWithAck(event, message)
    } catch (error) {
      throw unreachable(this.#options.address, (error as Error).message, error)
    }
  }

  /** As ask, for messages that are answered by a plain acknowledgement. @throws TributaryError also the coordinator's refusal */
  async tell(event: string, message: unknown): Promise<void> {
    const ack = parseMessage(ackSchema, await this.ask(event, message), `the acknowledgement of ${event}`)
    if (!ack.ok) throw TributaryError.fromBody(ack.error)
  }

  close(): void {
    this.#closed.abort()
    this.#socket.disconnect()
    this.#socket.removeAllListeners()
  }

  #failed(error: Error & { data?: unknown }): void {
    if (this.#closed.signal.aborted) return
    const refusal = errorBodySchema.safeParse(error.data)
    if (refusal.success && !refusal.data.retryable) {
      this.close()
      this.#options.onRefused(TributaryError.fromBody(refusal.data))
      return
    }
    // A break between opening and answer is told twice, as an error and as an end.
    if (this.#isWaiting) return
    const why = refusal.success ? TributaryError.fromBody(refusal.data) : unreachable(this.#options.address, error.message, error)
    this.#options.onConnectFailed(why, this.#again(retryAfter(why)))
  }

  /** @returns the pause before the next attempt, at least as long as the coordinator asked for */
  #again(asked = 0): number {
    const { clock } = this.#options
    const pause = Math.max(backoff(this.#failures, clock.random()), asked)
    this.#failures += 1
    this.#isWaiting = true
    clock.sleep(pause, this.#closed.signal).then(
      () => {
        this.#isWaiting = false
        this.#socket.connect()
      },
      () => undefined,
    )
    return pause
  }
}
