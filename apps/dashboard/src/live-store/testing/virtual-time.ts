import type { Timing } from '../ports.ts'

/** Time that passes when a test says so. */
export class VirtualTime implements Timing {
  #now = 0
  #next = 0
  readonly #timers = new Map<number, { at: number; then: () => void }>()
  readonly #chance: () => number

  constructor(chance: () => number = () => 0.5) {
    this.#chance = chance
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return this.#chance()
  }

  after(milliseconds: number, then: () => void): () => void {
    const id = this.#next++
    this.#timers.set(id, { at: this.#now + milliseconds, then })
    return () => this.#timers.delete(id)
  }

  /** Lets so much time pass; whatever is due happens in its order, and promises settle in between. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds
    for (;;) {
      await settled()
      let due: [number, { at: number; then: () => void }] | null = null
      for (const timer of this.#timers) if (timer[1].at <= until && (due === null || timer[1].at < due[1].at)) due = timer
      if (due === null) break
      this.#timers.delete(due[0])
      this.#now = Math.max(this.#now, due[1].at)
      due[1].then()
    }
    this.#now = until
    await settled()
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
