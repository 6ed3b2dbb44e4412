import type { MachineEvent } from '@tributary/federation'
import type { RunId } from '@tributary/protocol'
import { isRefusal, Repeats } from './repeats.ts'

export interface TellingDeps {
  dispatch: (run: RunId, event: MachineEvent) => Promise<unknown>
  onError: (error: unknown, what: string, run: RunId | null) => void
}

/** Events that nobody else would send again: they reach their run, however long the database is away. */
export class Telling {
  readonly #deps: TellingDeps
  readonly #repeats = new Repeats()
  /** Runs that are looked at again; true: once more when that is done. */
  readonly #looking = new Map<RunId, boolean>()

  constructor(deps: TellingDeps) {
    this.#deps = deps
  }

  /** @returns when the machine has it, or when this is closed */
  tell(run: RunId, event: MachineEvent): Promise<void> {
    const { dispatch, onError } = this.#deps
    return this.#repeats.until(
      () => dispatch(run, event),
      (error) => onError(error, event.type, run),
    )
  }

  /** By a tick, until it is taken: an actor that is in doubt asks what is stored before it takes an event. */
  lookAgain(run: RunId): void {
    const underWay = this.#looking.has(run)
    this.#looking.set(run, true)
    if (!underWay) void this.#look(run)
  }

  /** @throws error when it is a refusal */
  later(error: unknown, what: string, work: () => Promise<unknown>, run: RunId | null): void {
    if (isRefusal(error)) throw error
    const report = (failure: unknown) => this.#deps.onError(failure, what, run)
    report(error)
    void this.#repeats.until(work, report)
  }

  close(): void {
    this.#repeats.close()
  }

  async #look(run: RunId): Promise<void> {
    while (this.#looking.get(run)) {
      this.#looking.set(run, false)
      await this.tell(run, { type: 'tick' })
    }
    this.#looking.delete(run)
  }
}
