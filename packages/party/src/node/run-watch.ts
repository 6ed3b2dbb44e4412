import type { VerticalRun } from '@tributary/protocol'
import type { HubLink } from '../hub/hub-link.ts'

/** Looks at runs of the hub when something may have changed, one after another; many notices give one look. */
export class RunWatch {
  readonly #hub: HubLink
  readonly #attend: (run: VerticalRun) => Promise<void>
  readonly #onFailed: (error: unknown) => void
  readonly #wanted = new Set<string>()
  #all = false
  #looking = false
  #stopped = false

  constructor(hub: HubLink, attend: (run: VerticalRun) => Promise<void>, onFailed: (error: unknown) => void) {
    this.#hub = hub
    this.#attend = attend
    this.#onFailed = onFailed
  }

  /** @param run null: all of them */
  look(run: string | null): void {
    if (run === null) this.#all = true
    else this.#wanted.add(run)
    if (this.#looking || this.#stopped) return
    this.#looking = true
    void this.#work()
  }

  stop(): void {
    this.#stopped = true
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const [one] = this.#wanted
      if (!this.#all && one === undefined) break
      await this.#guarded(() => this.#next(one))
    }
    this.#looking = false
  }

  async #next(one: string | undefined): Promise<void> {
    if (!this.#all && one !== undefined) {
      this.#wanted.delete(one)
      return this.#attend(await this.#hub.run(one))
    }
    this.#all = false
    this.#wanted.clear()
    // Oldest first: they are nearest to their deadlines.
    for (const run of (await this.#hub.runs()).toReversed()) await this.#guarded(() => this.#attend(run))
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#stopped) this.#onFailed(error)
    }
  }
}
