import type { RunId } from '@tributary/protocol'

/** Work on one run goes one after another, in the order in which it was asked for; runs do not wait for each other. */
export class RunTurns {
  readonly #last = new Map<RunId, Promise<unknown>>()

  take<T>(run: RunId, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(run) ?? Promise.resolve()
    const mine = before.then(work, work)
    const settled = mine.catch(() => {})
    this.#last.set(run, settled)
    void settled.then(() => {
      if (this.#last.get(run) === settled) this.#last.delete(run)
    })
    return mine
  }
}
