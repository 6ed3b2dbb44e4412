/** Ends the pauses of those who wait: the network is back, or the coordinator asks. */
export class Alarm {
  readonly #listeners = new Set<() => void>()

  /** @returns takes the listener away */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  ring(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
