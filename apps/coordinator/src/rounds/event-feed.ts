import type { FederationId, LoggedEvent, RunId } from '@tributary/protocol'

export interface CommittedEvents<Event = LoggedEvent> {
  run: RunId
  federation: FederationId
  stream: string
  headSeq: number
  events: readonly Event[]
}

/** Tells whoever watches of events that are durable already. */
export class EventFeed<Event = LoggedEvent> {
  readonly #listeners = new Set<(committed: CommittedEvents<Event>) => void>()

  publish(committed: CommittedEvents<Event>): void {
    for (const listener of this.#listeners) listener(committed)
  }

  subscribe(listener: (committed: CommittedEvents<Event>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
