import { type RunId, runIdSchema, type Subscribe, TributaryError } from '@tributary/protocol'
import type { ConnectionHandlers, RunHistory, WatchConnection } from '../ports.ts'
import { MOST_MISSED } from '../run-store.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface FakeEvent {
  readonly stream: string
  readonly seq: number
  readonly value: number
}
/** Sum of the values and the events that made it: told twice, an event changes nothing. */
export interface FakeState {
  readonly seqs: readonly number[]
}

export const fakeRun: RunId = runIdSchema.parse('run_00000001')
export const foldFake = ({ seqs }: FakeState, { seq }: FakeEvent): FakeState =>
  seqs.includes(seq) ? { seqs } : { seqs: [...seqs, seq] }

/** What the wire does to a frame. */
export type Mishap = 'none' | 'lost' | 'twice' | 'late' | 'reversed' | 'cut'

/** A coordinator with one run: its log, and a wire that loses, repeats and reorders as it is told. */
export class FakeHub {
  stream = 'one'
  log: FakeEvent[] = []
  isReachable = true
  isHttpReachable = true
  mishap: () => Mishap = () => 'none'
  readonly requests: string[] = []
  snapshots = 0
  connections = 0
  #handlers: ConnectionHandlers<FakeEvent> | null = null
  #isSubscribed = false
  #unsent = 0
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  add(count: number): void {
    for (let one = 0; one < count; one += 1) {
      const seq = this.log.length + 1
      this.log.push({ stream: this.stream, seq, value: seq * 3 })
    }
  }

  /** A store put back from a backup: another stream, fewer events. */
  restore(keep: number): void {
    this.stream = `${this.stream}+`
    this.log = this.log.slice(0, keep).map((event) => ({ ...event, stream: this.stream }))
    this.#unsent = this.log.length
  }

  /** What is new goes out in one frame, as every 250 ms. */
  flush(): void {
    const events = this.log.slice(this.#unsent)
    this.#unsent = this.log.length
    if (events.length === 0 || !this.#isSubscribed) return
    const handlers = this.#handlers
    const mishap = this.mishap()
    if (mishap === 'cut') this.breakLine()
    if (mishap === 'none' || mishap === 'twice') handlers?.events(events)
    if (mishap === 'twice') handlers?.events(events)
    if (mishap === 'reversed') handlers?.events([...events].reverse())
    if (mishap === 'late') this.#time.after(2_000, () => this.#handlers === handlers && handlers?.events(events))
  }

  heartbeat(): void {
    if (this.#isSubscribed) this.#handlers?.heartbeat({ stream: this.stream, headSeq: this.log.length })
  }

  breakLine(): void {
    const handlers = this.#handlers
    this.#handlers = null
    this.#isSubscribed = false
    handlers?.disconnected('cut')
  }

  readonly connection: WatchConnection<FakeEvent> = {
    open: (handlers) => {
      this.#time.after(10, () => {
        if (!this.isReachable) return handlers.disconnected('unreachable')
        this.connections += 1
        this.#handlers = handlers
        handlers.connected()
      })
    },
    subscribe: async ({ stream, lastSeq }: Subscribe) => {
      if (this.#handlers === null) throw this.#unreachable()
      this.#isSubscribed = true
      const missed = this.log.length - (stream === this.stream ? lastSeq : 0)
      const snapshot = (stream !== null && stream !== this.stream) || missed > MOST_MISSED
      if (!snapshot && missed > 0) this.#handlers.events(this.log.slice(this.log.length - missed))
      return { run: fakeRun, stream: this.stream, headSeq: this.log.length, snapshot }
    },
    close: () => {
      this.#handlers = null
      this.#isSubscribed = false
    },
  }

  readonly history: RunHistory<FakeState, FakeEvent> = {
    snapshot: async () => {
      await this.#delay()
      this.snapshots += 1
      // A snapshot's parts may be a little newer than its seq.
      const seq = Math.max(0, this.log.length - 2)
      return { stream: this.stream, seq, state: { seqs: this.log.map((event) => event.seq) } }
    },
    events: async ({ after, before = Number.POSITIVE_INFINITY, limit }) => {
      await this.#delay()
      this.requests.push(`${after}-${before}`)
      const events = this.log.filter(({ seq }) => seq > after && seq < before).slice(0, limit)
      return { stream: this.stream, headSeq: this.log.length, events }
    },
  }

  async #delay(): Promise<void> {
    await new Promise<void>((resolve) => void this.#time.after(30, resolve))
    if (!this.isHttpReachable) throw this.#unreachable()
  }

  #unreachable(): TributaryError {
    return new TributaryError('unreachable', { url: 'fake', reason: 'off' })
  }
}
