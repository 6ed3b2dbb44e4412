import type { Presence, ProgressFrame, Subscribe, Subscribed, TributaryError } from '@tributary/protocol'
import type { Sequenced } from './log-position.ts'

/** What a connection tells. Messages are checked by their schemas before they come here. */
export interface ConnectionHandlers<Event> {
  connected(): void
  /** Also a failed attempt. Nothing is tried again by itself. */
  disconnected(reason: string): void
  /** For a reason that trying again does not mend. */
  refused(error: TributaryError): void
  events(events: readonly Event[]): void
  heartbeat(head: { readonly stream: string; readonly headSeq: number }): void
  progress(frame: ProgressFrame): void
  presence(frame: Presence): void
}

/** One connection at a time to `/watch`, for one run. */
export interface WatchConnection<Event> {
  /** Attempts to connect once; ends in `connected`, `disconnected` or `refused`. */
  open(handlers: ConnectionHandlers<Event>): void
  /** @throws TributaryError; retryable when the connection broke meanwhile */
  subscribe(message: Subscribe): Promise<Subscribed>
  close(): void
}

/** State of a run at an event: everything up to `seq` of `stream` is in it. */
export interface Snapshot<State> {
  readonly stream: string
  readonly seq: number
  readonly state: State
}

export interface Page<Event> {
  readonly stream: string
  readonly headSeq: number
  readonly events: readonly Event[]
}

/** The same log over HTTP. */
export interface RunHistory<State, Event extends Sequenced> {
  snapshot(signal: AbortSignal): Promise<Snapshot<State>>
  /** Events with `after` < seq < `before`, at most `limit`. */
  events(
    range: { readonly after: number; readonly before?: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<Page<Event>>
}

/** Time and chance, so that tests hold both. */
export interface Timing {
  now(): number
  random(): number
  /** @returns how to call it off */
  after(milliseconds: number, then: () => void): () => void
}

export const systemTiming: Timing = {
  now: Date.now,
  random: Math.random,
  after: (milliseconds, then) => {
    const timer = setTimeout(then, milliseconds)
    return () => clearTimeout(timer)
  },
}
