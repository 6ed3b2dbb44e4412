import { type ErrorCode, type MessageKind, TributaryError } from '@tributary/protocol'
import type { HubLink } from '../hub/hub-link.ts'
import type { RunStore } from '../store/run-store.ts'

export interface PostOfficeOptions {
  readonly store: RunStore
  /** Calls are repeated until they are answered. */
  readonly hub: HubLink
  readonly onSent: (mail: { receiver: string; kind: MessageKind; step: number; bytes: number }) => void
  /** The hub refused for good. */
  readonly onRefused: (error: unknown) => void
}

/**
 * Refusals after which a run cannot go on. Another message than ours lies at our place: this state was copied or lost. Or no hub will
 * ever take what the others wait for.
 */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['slr_equivocation', 'body_too_large'])

export const isFatal = (refusal: unknown): refusal is TributaryError =>
  refusal instanceof TributaryError && FATAL.has(refusal.code)

/** Sends what the store holds until the hub has it: in order for each receiver, receivers side by side, always the same bytes. */
export class PostOffice {
  readonly #options: PostOfficeOptions
  readonly #busy = new Map<string, Promise<void>>()
  #stopped = false

  constructor(options: PostOfficeOptions) {
    this.#options = options
  }

  /** Looks for what waits, after a commit or at the start. */
  kick(): void {
    if (this.#stopped) return
    for (const receiver of this.#options.store.receiversWaiting()) this.#run(`to ${receiver}`, () => this.#nextLetter(receiver))
    this.#run('publish', () => this.#nextPublication())
  }

  /** Resolves when nothing waits, or the hub refuses. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values())
  }

  stop(): void {
    this.#stopped = true
  }

  #run(lane: string, next: () => (() => Promise<void>) | null): void {
    if (this.#busy.has(lane)) return
    const drain = async () => {
      // Not before the lane is marked as busy.
      await Promise.resolve()
      try {
        for (let work = next(); work !== null && !this.#stopped; work = next()) await work()
      } catch (error) {
        if (!this.#stopped) this.#options.onRefused(error)
      } finally {
        // In the same turn as the last look at the store: nothing can have come in between.
        this.#busy.delete(lane)
      }
    }
    this.#busy.set(lane, drain())
  }

  #nextLetter(receiver: string): (() => Promise<void>) | null {
    const { store, hub, onSent } = this.#options
    const mail = store.nextUnsent(receiver)
    if (mail === null) return null
    return async () => {
      await hub.send(store.run, mail.bytes)
      if (this.#stopped) return
      store.markSent(receiver, mail.seq)
      onSent({ receiver, kind: mail.kind, step: mail.step, bytes: mail.bytes.length })
    }
  }

  #nextPublication(): (() => Promise<void>) | null {
    const { store, hub } = this.#options
    const published = store.nextUnpublished()
    if (published === null) return null
    return async () => {
      await hub.publish(store.run, published)
      if (!this.#stopped) store.markPublished(published.seq)
    }
  }
}
