/** A queue between handlers and one reader; when the reader is slow the oldest go, which the reader must be able to mend. */
export class Inbox<T> {
  readonly #limit: number
  readonly #items: T[] = []
  #wake: (() => void) | null = null

  constructor(limit: number) {
    this.#limit = limit
  }

  put(item: T): void {
    this.#items.push(item)
    if (this.#items.length > this.#limit) this.#items.shift()
    this.#wake?.()
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** The next item; rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted()
      const item = this.#items.shift()
      if (item !== undefined) return item
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#wake = null
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#wake = wake
        signal.addEventListener('abort', wake, { once: true })
      })
    }
  }
}
