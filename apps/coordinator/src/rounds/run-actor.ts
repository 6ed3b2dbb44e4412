import { type MachineEvent, type Surroundings, type Transition, transition } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import type { RunRecord, Store } from '../storage/store.ts'
import type { EventFeed } from './event-feed.ts'
import { commitOf } from './run-commit.ts'

export interface RunActorDeps {
  store: Store
  feed: EventFeed
  now: () => number
  surroundings: (record: RunRecord) => Surroundings
  /** Runs after the step is durable; must not throw. */
  perform: (record: RunRecord, step: Transition) => void
}

/** An action's key: with it a step is done once. */
export interface ActionKey {
  key: string
  digest: string
  by: string
}

/**
 * One run's steps, one after another: load, transition, persist, then effects. An answer is given only when the step is
 * durable, so that nothing acknowledged can be lost.
 */
export class RunActor {
  #record: RunRecord
  readonly #deps: RunActorDeps
  #tail: Promise<unknown> = Promise.resolve()

  constructor(record: RunRecord, deps: RunActorDeps) {
    this.#record = record
    this.#deps = deps
  }

  /** The run as it was after the last durable step. */
  get record(): RunRecord {
    return this.#record
  }

  /** Takes an event in its turn. @returns the step, with its refusal if there was one */
  dispatch(event: MachineEvent, action?: ActionKey): Promise<Transition> {
    const turn = this.#tail.then(() => this.#step(event, action))
    // The caller of this turn hears of its failure; the next turn only waits for its end.
    this.#tail = turn.catch(() => {})
    return turn
  }

  async #step(event: MachineEvent, action: ActionKey | undefined): Promise<Transition> {
    if (action !== undefined && (await this.#doneBefore(action)))
      return { state: this.#record.state, effects: [], log: [], refusal: null }
    for (let attempt = 1; ; attempt += 1) {
      const record = this.#record
      const step = transition(record.state, event, this.#deps.surroundings(record))
      if (step.refusal !== null || (step.state === record.state && step.log.length === 0 && action === undefined)) return step
      const commit = commitOf(record, event, step, new Date(this.#deps.now()))
      try {
        const { run, events } = await this.#deps.store.commitRun(action === undefined ? commit : { ...commit, action })
        this.#record = run
        if (events.length > 0)
          this.#deps.feed.publish({ run: run.id, federation: run.federation, stream: run.stream, headSeq: run.headSeq, events })
        this.#deps.perform(run, step)
        return step
      } catch (error) {
        // Somebody else moved the run on (a second coordinator): read it again and decide anew.
        if (!(error instanceof TributaryError && error.code === 'action_conflict') || attempt >= 5) throw error
        const fresh = await this.#deps.store.run(record.id)
        if (fresh === null) throw error
        this.#record = fresh
      }
    }
  }

  async #doneBefore({ key, digest }: ActionKey): Promise<boolean> {
    const known = await this.#deps.store.actionDigest(this.#record.id, key)
    if (known === null) return false
    if (known !== digest) throw new TributaryError('idempotency_key_reused', { key })
    return true
  }
}
