/** Work strictly one after another. A fault goes to `onFault`, and nothing more is done. */
export class SerialQueue {
  readonly #onFault: (error: unknown) => void
  #tail: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault
  }

  /** Resolves when this work is done, or will not be. */
  add(work: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (this.#stopped) return
      try {
        await work()
      } catch (error) {
        this.#stopped = true
        this.#onFault(error)
      }
    })
    return this.#tail
  }

  /** Lets the work at hand end, drops the rest. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#tail
  }
}
