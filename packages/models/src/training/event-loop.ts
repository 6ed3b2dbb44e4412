/** Longest time that a computation keeps timers and sockets waiting, in milliseconds; one batch may take longer. */
const SLICE_MS = 50

/** Resolves after the events that wait now: a macrotask, unlike an awaited promise. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve)
      return
    }
    // Browsers: setTimeout waits 4 ms and far longer in a hidden tab.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })

/** Lets the event loop go on, if the last time is some 50 ms ago; and throws the signal's reason once it is aborted. */
export class Breather {
  readonly #signal: AbortSignal | undefined
  #last = performance.now()

  constructor(signal?: AbortSignal) {
    this.#signal = signal
    signal?.throwIfAborted()
  }

  async breathe(): Promise<void> {
    if (performance.now() - this.#last >= SLICE_MS) {
      await nextTurn()
      this.#last = performance.now()
    }
    this.#signal?.throwIfAborted()
  }
}
