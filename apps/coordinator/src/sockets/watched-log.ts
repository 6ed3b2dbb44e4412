import type { CoordinatorToWatcher, FederationId, LoggedEvent, LoggedVerticalEvent, RunId } from '@tributary/protocol'
import type { Caller } from '../access/caller.ts'
import { maySee } from '../access/permissions.ts'
import type { View } from '../access/view.ts'
import { loggedEventInView } from '../rest/in-view.ts'
import type { CoordinatorRunEngine } from '../rounds/engine.ts'
import type { CommittedEvents, EventFeed } from '../rounds/event-feed.ts'
import type { Store } from '../storage/store.ts'
import { maySeeVerticalRun } from '../vertical/caller-as-party.ts'
import type { VerticalEngine } from '../vertical/vertical-engine.ts'

/** Where a run's log stands. */
export interface LogHead {
  federation: FederationId
  stream: string
  headSeq: number
}

/** What frames go to: a room or a single socket. */
export interface FrameTarget {
  emit<Name extends 'events' | 'verticalEvents'>(name: Name, ...frame: Parameters<CoordinatorToWatcher[Name]>): unknown
}

/** One kind of runs that can be watched: where their log is, and in which frames it is told. */
export interface WatchedLog<Event = unknown> {
  head(run: RunId): Promise<LogHead | null>
  /** null as well when this caller may not see the run. */
  headFor(caller: Caller, run: RunId): Promise<LogHead | null>
  /** Calls back with events that are durable. */
  follow(listener: (run: RunId, head: LogHead, events: readonly Event[]) => void): () => void
  events(run: RunId, range: { after: number; limit: number }): Promise<Event[]>
  tell(target: FrameTarget, run: RunId, events: readonly Event[], view: View): void
}

export const horizontalLog = (store: Store, { feed }: CoordinatorRunEngine): WatchedLog<LoggedEvent> => ({
  head: async (run) => headOf(await store.run(run)),
  headFor: async (caller, run) => {
    const record = await store.run(run)
    return record !== null && maySee(caller, record.federation) ? headOf(record) : null
  },
  follow: (listener) => follow(feed, listener),
  events: (run, range) => store.events(run, range),
  tell: (target, run, events, view) =>
    target.emit('events', { run, events: events.map((event) => loggedEventInView(event, view)) }),
})

export const verticalLog = ({ vertical }: Store, { feed }: VerticalEngine): WatchedLog<LoggedVerticalEvent> => ({
  head: async (run) => headOf(await vertical.run(run)),
  headFor: async (caller, run) => {
    const record = await vertical.run(run)
    return record !== null && maySeeVerticalRun(caller, record) ? headOf(record) : null
  },
  follow: (listener) => follow(feed, listener),
  events: (run, range) => vertical.events(run, range),
  tell: (target, run, events) => target.emit('verticalEvents', { run, events: [...events] }),
})

/** Of a record only this: the rest is not to be kept for every run that is watched. */
const headOf = (record: LogHead | null): LogHead | null =>
  record && { federation: record.federation, stream: record.stream, headSeq: record.headSeq }

const follow = <Event>(
  feed: EventFeed<Event>,
  listener: (run: RunId, head: LogHead, events: readonly Event[]) => void,
): (() => void) =>
  feed.subscribe(({ run, events, federation, stream, headSeq }: CommittedEvents<Event>) =>
    listener(run, { federation, stream, headSeq }, events),
  )

export interface Slice {
  readonly lastSeq: number
  tell(target: FrameTarget, view: View): void
}

/** What a catch-up needs of them, whatever their events are. */
export type MissedEvents = Pick<FrameBatches<{ readonly seq: number }>, 'slice' | 'toldUpTo'>

/** Collects what a log tells of watched runs, to be sent in one frame for each. */
export class FrameBatches<Event extends { readonly seq: number }> {
  readonly log: WatchedLog<Event>
  readonly #batches = new Map<RunId, Event[]>()
  readonly close: () => void

  /** @param watched runs that somebody watches, with their heads; kept up to date here */
  constructor(log: WatchedLog<Event>, watched: Map<RunId, LogHead>) {
    this.log = log
    this.close = log.follow((run, head, events) => {
      if (!watched.has(run)) return
      watched.set(run, head)
      const batch = this.#batches.get(run)
      if (batch === undefined) this.#batches.set(run, [...events])
      else batch.push(...events)
    })
  }

  /** @param attempt runs what makes one frame: a frame that breaks is no other's loss */
  send(targetsOf: (run: RunId) => Iterable<{ target: FrameTarget; view: View }>, attempt: (make: () => void) => void): void {
    const batches = [...this.#batches]
    this.#batches.clear()
    for (const [run, events] of batches)
      for (const { target, view } of targetsOf(run)) attempt(() => this.log.tell(target, run, events, view))
  }

  /** Events after a seq, ready to be told; null when there are none. */
  async slice(run: RunId, range: { after: number; limit: number }): Promise<Slice | null> {
    const events = await this.log.events(run, range)
    const last = events.at(-1)
    if (last === undefined) return null
    return { lastSeq: last.seq, tell: (target, view) => void this.log.tell(target, run, events, view) }
  }

  /** The last seq that no coming frame will bring, where the log stands at `headSeq`. */
  toldUpTo(run: RunId, headSeq: number): number {
    const first = this.#batches.get(run)?.[0]
    return first === undefined ? headSeq : Math.min(headSeq, first.seq - 1)
  }
}
