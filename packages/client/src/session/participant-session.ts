import {
  type FederationId,
  PARTICIPANT_NAMESPACE,
  type ParticipantId,
  type Progress,
  type Ready,
  roundClosedSchema,
  roundTaskSchema,
  runEndedSchema,
  TributaryError,
  taskWithdrawnSchema,
  type Welcome,
  welcomeSchema,
} from '@tributary/protocol'
import type { z } from 'zod'
import type { ClientEvent } from '../client-event.ts'
import type { HttpPeer } from '../http/exchange.ts'
import { parseMessage } from '../http/json-call.ts'
import { ReconnectingSocket } from '../socket/reconnecting-socket.ts'
import { Alarm } from '../timing/alarm.ts'
import type { Clock } from '../timing/clock.ts'
import { type Deferred, deferred } from '../timing/deferred.ts'
import { retrying } from '../timing/retry.ts'
import { CLIENT_VERSION } from '../version.ts'
import { ModelCache } from './model-cache.ts'
import { progressReporter } from './progress-reporter.ts'
import { RoundDesk } from './round-desk.ts'
import { RoundWork } from './round-work.ts'
import { toldFailure } from './told-failure.ts'
import type { Workshop } from './train-round.ts'

export interface SessionOptions {
  readonly peer: HttpPeer
  readonly token: string
  readonly workshop: Workshop
  readonly clock: Clock
  readonly emit: (event: ClientEvent) => void
}

export interface SessionParticipant {
  readonly id: ParticipantId
  readonly name: string
  readonly federation: FederationId
}

const LEAVE_ATTEMPTS = 6
/** Longest reason that leave takes. */
const REASON_LENGTH = 2_000

/** A participant's connection: what comes in is checked and handed to the round desk, what is to be told is told. */
export class ParticipantSession {
  readonly #options: SessionOptions
  readonly #socket: ReconnectingSocket
  readonly #welcomed = deferred<SessionParticipant>()
  readonly #done: Deferred<void> = deferred()
  readonly #ended = new AbortController()
  /** Rings with each connection. */
  readonly #connections = new Alarm()
  #connection = 0
  /** The connection whose ready was acknowledged, and the one that the owner was told of. */
  #announced = 0
  #introduced = 0
  #participant: SessionParticipant | null = null
  #desk: RoundDesk | null = null
  #leaving = false
  #left = false

  constructor(options: SessionOptions) {
    this.#options = options
    const { peer, token, clock, emit } = options
    this.#socket = new ReconnectingSocket({
      address: peer.address,
      namespace: PARTICIPANT_NAMESPACE,
      token,
      clock,
      onConnected: () => this.#connected(),
      onDisconnected: (reason, milliseconds) => emit({ type: 'disconnected', reason, retryInSeconds: milliseconds / 1000 }),
      onConnectFailed: (error, milliseconds) => emit({ type: 'connectFailed', error, retryInSeconds: milliseconds / 1000 }),
      onRefused: (error) => this.#refused(error),
      messages: {
        welcome: (raw) => this.#welcome(raw),
        task: this.#reads('task', roundTaskSchema, (task) => this.#desk?.handle({ type: 'task', task })),
        taskWithdrawn: this.#reads('taskWithdrawn', taskWithdrawnSchema, ({ run, round, error: body }) => {
          emit({ type: 'withdrawn', run, round, error: TributaryError.fromBody(body) })
          this.#desk?.handle({ type: 'withdrawn', run, round })
        }),
        roundClosed: this.#reads('roundClosed', roundClosedSchema, (message) => {
          emit({ type: 'roundClosed', ...message })
          this.#desk?.handle({ type: 'closed', run: message.run, round: message.round, counted: message.counted })
        }),
        runEnded: this.#reads('runEnded', runEndedSchema, (message) => {
          emit({ type: 'runEnded', ...message })
          this.#desk?.handle({ type: 'ended', run: message.run })
        }),
      },
    })
  }

  /** Resolves once the coordinator has welcomed this participant and knows that it can be asked. */
  get welcomed(): Promise<SessionParticipant> {
    return this.#welcomed.promise
  }

  /** Resolves after leave or close; rejects with the refusal that ended it. */
  get done(): Promise<void> {
    return this.#done.promise
  }

  open(): void {
    this.#socket.open()
  }

  /**
   * Tells the coordinator and closes. @returns false when it was over already
   * @throws TributaryError `unreachable` or the refusal when it could not be told: the participant then stays in
   */
  async leave(reason: string): Promise<boolean> {
    if (this.#ended.signal.aborted) return false
    this.#leaving = true
    await this.#desk?.stop()
    try {
      await retrying(() => this.#socket.tell('leave', { reason: reason.slice(0, REASON_LENGTH) }), {
        clock: this.#options.clock,
        signal: this.#ended.signal,
        attempts: LEAVE_ATTEMPTS,
        alarm: this.#connections,
      })
    } catch (error) {
      // Closed meanwhile, or a farewell that arrived without its acknowledgement (see #refused).
      if (this.#ended.signal.aborted) return this.#left
      if (!(error instanceof TributaryError && error.code === 'participant_left')) {
        this.#leaving = false
        this.#desk?.resume()
        // Answered with every open task: those that were aborted, and those that came meanwhile.
        if (this.#socket.connected) void this.#announce(this.#connection)
        throw error
      }
    }
    await this.#endAsLeft(reason)
    return true
  }

  /** Disconnects without leaving. */
  close(): Promise<void> {
    return this.#end(null)
  }

  #connected(): void {
    this.#connection += 1
    this.#desk?.handle({ type: 'connected' })
    this.#connections.ring()
    void this.#announce(this.#connection)
  }

  /** Says on this connection that the participant can be asked, until the coordinator acknowledges it. */
  async #announce(connection: number): Promise<void> {
    const { workshop, clock } = this.#options
    const ready: Ready = { samples: workshop.data.count, backend: workshop.backend.slice(0, 40), clientVersion: CLIENT_VERSION }
    const isOver = () => this.#ended.signal.aborted || connection !== this.#connection || !this.#socket.connected
    try {
      await retrying(async () => isOver() || this.#socket.tell('ready', ready), { clock, signal: this.#ended.signal })
      if (isOver()) return
      this.#announced = connection
      this.#introduce()
    } catch (error) {
      // A later connection says it again.
      if (!isOver()) this.#refused(error instanceof TributaryError ? error : unexpected('ready', error))
    }
  }

  #welcome(raw: unknown): void {
    let message: Welcome
    try {
      message = parseMessage(welcomeSchema, raw, 'welcome')
    } catch (error) {
      // Without one good welcome it is not known who this is.
      if (this.#participant === null) this.#refused(error as TributaryError)
      else this.#options.emit({ type: 'error', error: error as TributaryError })
      return
    }
    this.#participant = { id: message.participant, name: message.name, federation: message.federation }
    this.#desk ??= this.#openDesk(this.#participant)
    this.#introduce()
  }

  /** Welcome and the acknowledgement of ready come in any order; ready may be said again on the same connection. */
  #introduce(): void {
    if (this.#announced !== this.#connection || this.#introduced === this.#connection || this.#participant === null) return
    this.#introduced = this.#connection
    const { id, name, federation } = this.#participant
    this.#options.emit({ type: 'connected', participant: id, name, federation })
    this.#welcomed.resolve(this.#participant)
  }

  #openDesk({ id, name }: SessionParticipant): RoundDesk {
    const { peer, workshop, clock, emit } = this.#options
    const tellCoordinator = progressReporter(clock, (progress) => this.#socket.sendVolatile('progress', progress))
    const tellOwner = progressReporter(clock, (progress) => emit({ type: 'progress', progress }), true)
    const onProgress = (progress: Progress) => {
      tellCoordinator(progress)
      tellOwner(progress)
    }
    return new RoundDesk({
      work: new RoundWork({ peer, models: new ModelCache(peer), workshop, name, participant: id, onProgress }),
      clock,
      emit,
      reportFailure: (task, error) =>
        this.#socket.tell('trainingFailed', { run: task.run, round: task.round, reason: toldFailure(error, task) }),
      onEnded: (error) => this.#refused(error),
    })
  }

  #reads<T>(event: string, schema: z.ZodType<T>, handle: (message: T) => void): (raw: unknown) => void {
    return (raw) => {
      const parsed = schema.safeParse(raw)
      if (parsed.success) handle(parsed.data)
      else this.#options.emit({ type: 'error', error: unexpected(event, parsed.error.issues[0]?.message ?? 'invalid') })
    }
  }

  #refused(error: TributaryError): void {
    if (this.#leaving && error.code === 'participant_left') {
      // The farewell arrived, its acknowledgement did not.
      void this.#endAsLeft(error.message)
      return
    }
    this.#options.emit({ type: 'error', error })
    void this.#end(error)
  }

  #endAsLeft(reason: string): Promise<void> {
    this.#left = true
    this.#options.emit({ type: 'left', reason })
    return this.#end(null)
  }

  async #end(error: TributaryError | null): Promise<void> {
    if (this.#ended.signal.aborted) return this.#done.promise.catch(() => undefined)
    this.#ended.abort(error ?? new DOMException('the participation was closed', 'AbortError'))
    this.#socket.close()
    await this.#desk?.stop()
    this.#welcomed.reject(this.#ended.signal.reason)
    if (error === null) this.#done.resolve()
    else this.#done.reject(error)
  }
}

const unexpected = (event: string, reason: unknown) =>
  new TributaryError('unexpected', { reason: `message ${event}: ${String(reason)}` })
