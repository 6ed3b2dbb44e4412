import type { FederationId, LoggedEvent, RunId } from '@tributary/protocol'

export interface CommittedEvents {
  run: RunId
  federation: FederationId
  stream: string
  headSeq: number
  events: readonly LoggedEvent[]
}

/** Tells whoever watches of events that are durable already. */
export class EventFeed {
  readonly #listeners = new Set<(committed: CommittedEvents) => void>()

  publish(committed: CommittedEvents): void {
    for (const listener of this.#listeners) listener(committed)
  }

  subscribe(listener: (committed: CommittedEvents) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
