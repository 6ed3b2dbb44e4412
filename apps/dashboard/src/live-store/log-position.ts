/** An event as any log of this product keeps it: `seq` is gapless from 1 within one `stream`. */
export interface Sequenced {
  readonly stream: string
  readonly seq: number
}

/**
 * Puts events in order: known ones are dropped, what lies beyond a hole waits for the hole to be filled. Says nothing of where
 * missing events come from.
 */
export class GaplessLog<Event extends Sequenced> {
  #stream: string | null = null
  #last = 0
  readonly #waiting = new Map<number, Event>()

  /** Begins anew after this event of this stream. */
  begin(stream: string, lastSeq: number): void {
    if (stream !== this.#stream) this.#waiting.clear()
    this.#stream = stream
    this.#last = lastSeq
    for (const seq of this.#waiting.keys()) if (seq <= lastSeq) this.#waiting.delete(seq)
  }

  get stream(): string | null {
    return this.#stream
  }

  get lastSeq(): number {
    return this.#last
  }

  /** The first event that waits behind a hole, or null without a hole. */
  get firstWaiting(): number | null {
    let first: number | null = null
    for (const seq of this.#waiting.keys()) if (first === null || seq < first) first = seq
    return first
  }

  /** @returns events that continue the log, in order; of another stream nothing is taken */
  take(events: readonly Event[]): Event[] {
    for (const event of events) if (event.stream === this.#stream && event.seq > this.#last) this.#waiting.set(event.seq, event)
    const next: Event[] = []
    for (;;) {
      const event = this.#waiting.get(this.#last + 1)
      if (event === undefined) return next
      this.#waiting.delete(event.seq)
      this.#last = event.seq
      next.push(event)
    }
  }

  /** Keeps events of a log that has not begun: they are taken when it has. */
  keep(events: readonly Event[]): void {
    for (const event of events) this.#waiting.set(event.seq, event)
  }
}
