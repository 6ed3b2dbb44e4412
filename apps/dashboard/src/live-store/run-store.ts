import { type ParticipantProgress, type RunId, TributaryError } from '@tributary/protocol'
import { GaplessLog, type Sequenced } from './log-position.ts'
import type { ConnectionHandlers, Page, RunHistory, Timing, WatchConnection } from './ports.ts'
import { Retrying } from './retrying.ts'

export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'polling' | 'refused'

export interface LiveView<State, Event> {
  /** null until the first snapshot. */
  readonly state: State | null
  /** Seq of the snapshot that `state` began from: another one after a long sleep or a changed stream. */
  readonly snapshotSeq: number | null
  /** Events after the snapshot, in order; older ones are asked for by `loadOlder`. */
  readonly events: readonly Event[]
  readonly connection: ConnectionState
  /** When something was heard last, by this machine's clock; null before. */
  readonly heardAt: number | null
  /** Nothing heard for 15 s: what is shown may be old. */
  readonly isStale: boolean
  /** When the next attempt is made, while there is no connection. */
  readonly retryAt: number | null
  readonly progress: ReadonlyMap<string, ParticipantProgress>
  readonly error: TributaryError | null
}

export interface RunStoreOptions<State, Event extends Sequenced> {
  readonly run: RunId
  readonly connection: WatchConnection<Event>
  readonly history: RunHistory<State, Event>
  readonly timing: Timing
  /** The state after an event. Told twice, an event must change nothing more: a snapshot may be a little newer than its seq. */
  readonly fold: (state: State, event: Event) => State
}

/** Beyond so many missed events a snapshot is cheaper. */
export const MOST_MISSED = 5_000
export const STALE_MS = 15_000
const PAGE = 1_000
const POLL_MS = 3_000
/** A heartbeat may overtake the batch that it speaks of. */
const GRACE_MS = 1_000
/** A page that is open for days keeps the newest events; older ones are read again when somebody asks. */
const KEPT = 10_000
const MOST_KEPT = 2 * KEPT
const FAILURES_BEFORE_POLLING = 2

/**
 * A run as it is now: a snapshot, then each durable event once and in order, over losses, repetitions, breaks and restarts. Knows
 * nothing of React or of sockets; listeners are told in a microtask, since hidden tabs have no animation frames.
 */
export class RunStore<State, Event extends Sequenced> {
  readonly #options: RunStoreOptions<State, Event>
  readonly #log = new GaplessLog<Event>()
  readonly #closed = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #retrying: Retrying
  #view: LiveView<State, Event>
  #isTold = true
  #filling: Promise<void> | null = null
  #needsSnapshot = true
  #cancelTick: (() => void) | null = null
  #cancelGrace: (() => void) | null = null
  #cancelPoll: (() => void) | null = null

  constructor(options: RunStoreOptions<State, Event>) {
    this.#options = options
    this.#retrying = new Retrying(options.timing, () => options.connection.open(this.#handlers))
    this.#view = {
      state: null,
      snapshotSeq: null,
      events: [],
      connection: 'connecting',
      heardAt: null,
      isStale: false,
      retryAt: null,
      progress: new Map(),
      error: null,
    }
  }

  readonly view = (): LiveView<State, Event> => this.#view

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  open(): void {
    void this.#catchUp()
    this.#options.connection.open(this.#handlers)
    this.#tick()
  }

  close(): void {
    this.#closed.abort()
    this.#cancelTick?.()
    this.#cancelGrace?.()
    this.#cancelPoll?.()
    this.#retrying.stop()
    this.#options.connection.close()
    this.#listeners.clear()
  }

  /** Puts up to `limit` events before the first one that is here; resolves to true when there are no more. */
  async loadOlder(limit = PAGE): Promise<boolean> {
    const first = this.#view.events[0]?.seq ?? this.#log.lastSeq + 1
    if (first <= 1) return true
    const after = Math.max(0, first - 1 - limit)
    const page = await this.#options.history.events({ after, before: first, limit }, this.#closed.signal)
    if (page.stream !== this.#log.stream || (this.#view.events[0]?.seq ?? this.#log.lastSeq + 1) !== first) return false
    this.#change({ events: [...page.events, ...this.#view.events] })
    return after === 0
  }

  readonly #handlers: ConnectionHandlers<Event> = {
    connected: () => void this.#connected(),
    disconnected: () => this.#disconnected(),
    refused: (error) => this.#refuse(error),
    events: (events) => this.#frame(events),
    heartbeat: (head) => this.#heartbeat(head),
    progress: ({ participants }) => this.#heard({ progress: new Map(participants.map((one) => [one.name, one])) }),
    presence: () => this.#heard({}),
  }

  async #connected(): Promise<void> {
    try {
      // Without a snapshot the log's missing events would all be sent, and then not be needed.
      if (this.#needsSnapshot) await this.#catchUp()
      const { run, connection } = this.#options
      const { stream, snapshot } = await connection.subscribe({ run, stream: this.#log.stream, lastSeq: this.#log.lastSeq })
      this.#retrying.succeeded()
      this.#cancelPoll?.()
      this.#cancelPoll = null
      this.#heard({ connection: 'live', retryAt: null, error: null })
      if (snapshot || stream !== this.#log.stream) this.#needsSnapshot = true
      if (this.#needsSnapshot) await this.#catchUp()
    } catch (error) {
      this.#troubled(error, () => this.#disconnected())
    }
  }

  #disconnected(): void {
    if (this.#closed.signal.aborted || this.#view.connection === 'refused') return
    const retryAt = this.#retrying.failed()
    const isPolling = this.#retrying.failures >= FAILURES_BEFORE_POLLING
    if (isPolling && this.#cancelPoll === null) this.#poll()
    this.#change({ connection: isPolling ? 'polling' : 'reconnecting', retryAt, progress: new Map() })
  }

  #refuse(error: TributaryError): void {
    this.#retrying.stop()
    this.#cancelPoll?.()
    this.#change({ connection: 'refused', retryAt: null, error })
  }

  #frame(events: readonly Event[]): void {
    const other = events.find(({ stream }) => stream !== this.#log.stream)
    if (this.#log.stream === null) this.#log.keep(events)
    else if (other !== undefined) this.#needsSnapshot = true
    else this.#apply(this.#log.take(events))
    this.#heard({})
    if (this.#needsSnapshot || this.#log.firstWaiting !== null) void this.#catchUp()
  }

  #heartbeat({ stream, headSeq }: { stream: string; headSeq: number }): void {
    this.#heard({})
    if (stream !== this.#log.stream) {
      this.#needsSnapshot = true
      void this.#catchUp()
    } else if (headSeq > this.#log.lastSeq && this.#cancelGrace === null) {
      this.#cancelGrace = this.#options.timing.after(GRACE_MS, () => {
        this.#cancelGrace = null
        if (headSeq > this.#log.lastSeq) void this.#catchUp()
      })
    }
  }

  /** While the socket fails: the same log by HTTP. */
  #poll(): void {
    this.#cancelPoll = this.#options.timing.after(POLL_MS, () => {
      void this.#catchUp().then(() => {
        if (this.#cancelPoll !== null && this.#view.connection === 'polling') this.#poll()
      })
    })
  }

  /** Brings what is missing over HTTP; one at a time. */
  #catchUp(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null
    })
    return this.#filling
  }

  async #fill(): Promise<void> {
    const { history } = this.#options
    const { signal } = this.#closed
    try {
      for (;;) {
        if (this.#needsSnapshot) await this.#takeSnapshot()
        const range = { after: this.#log.lastSeq, limit: PAGE }
        const before = this.#log.firstWaiting
        const page: Page<Event> = await history.events(before === null ? range : { ...range, before }, signal)
        if (signal.aborted) return
        if (page.stream !== this.#log.stream || page.headSeq - this.#log.lastSeq > MOST_MISSED) {
          this.#needsSnapshot = true
          continue
        }
        this.#apply(this.#log.take(page.events))
        this.#heard({ error: null })
        // A frame may have come meanwhile that lies behind another hole.
        if (page.events.length === 0 || (this.#log.lastSeq >= page.headSeq && this.#log.firstWaiting === null)) return
      }
    } catch (error) {
      this.#troubled(error, () => this.#change({ error: asTributaryError(error) }))
    }
  }

  async #takeSnapshot(): Promise<void> {
    const snapshot = await this.#options.history.snapshot(this.#closed.signal)
    this.#needsSnapshot = false
    this.#log.begin(snapshot.stream, snapshot.seq)
    this.#heard({ state: snapshot.state, snapshotSeq: snapshot.seq, events: [] })
    this.#apply(this.#log.take([]))
  }

  #apply(events: readonly Event[]): void {
    if (events.length === 0 || this.#view.state === null) return
    const state = events.reduce(this.#options.fold, this.#view.state)
    const all = [...this.#view.events, ...events]
    this.#change({ state, events: all.length > MOST_KEPT ? all.slice(-KEPT) : all })
  }

  #troubled(error: unknown, retryable: () => void): void {
    if (this.#closed.signal.aborted) return
    const known = asTributaryError(error)
    if (known.retryable) retryable()
    else this.#refuse(known)
  }

  #heard(change: Partial<LiveView<State, Event>>): void {
    this.#change({ ...change, heardAt: this.#options.timing.now(), isStale: false })
  }

  #tick(): void {
    this.#cancelTick = this.#options.timing.after(1_000, () => {
      const { heardAt, isStale } = this.#view
      if (!isStale && heardAt !== null && this.#options.timing.now() - heardAt > STALE_MS) this.#change({ isStale: true })
      this.#tick()
    })
  }

  #change(change: Partial<LiveView<State, Event>>): void {
    if (this.#closed.signal.aborted) return
    this.#view = { ...this.#view, ...change }
    if (!this.#isTold) return
    this.#isTold = false
    queueMicrotask(() => {
      this.#isTold = true
      for (const listener of this.#listeners) listener()
    })
  }
}

const asTributaryError = (error: unknown): TributaryError =>
  error instanceof TributaryError ? error : new TributaryError('unexpected', { reason: String(error) }, { cause: error })
