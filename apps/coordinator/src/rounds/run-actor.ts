import type { Effect, MachineEvent, Surroundings, Transition } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import type { RunCommit, RunRecord, Store } from '../storage/store.ts'
import { batchOf } from './batch.ts'
import type { EventFeed } from './event-feed.ts'

export interface RunActorDeps {
  store: Store
  feed: EventFeed
  surroundings: (record: RunRecord) => Surroundings
  /** Runs after the steps are durable, with their effects in order; must not throw. */
  perform: (record: RunRecord, effects: readonly Effect[]) => void
}

/** An action's key: with it a step is done once. */
export interface ActionKey {
  key: string
  digest: string
  by: string
}

/** An event that waits for its turn, and who waits for its step. */
interface Letter {
  event: MachineEvent
  action: ActionKey | undefined
  resolve: (step: Transition) => void
  reject: (error: unknown) => void
}

/** Attempts at one batch when somebody else moves the run on meanwhile. */
const ATTEMPTS = 5

/**
 * One run's steps in the order of their events: load, transition, persist, then effects. Events that came while a commit was
 * under way are taken together in the next one (group commit). An answer is given only when its step is durable, so that
 * nothing acknowledged can be lost.
 */
export class RunActor {
  #record: RunRecord
  readonly #deps: RunActorDeps
  readonly #mailbox: Letter[] = []
  #working = false

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
    return new Promise((resolve, reject) => {
      this.#mailbox.push({ event, action, resolve, reject })
      if (!this.#working) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#working = true
    // What is dispatched in the same turn belongs to the same batch.
    await Promise.resolve()
    while (this.#mailbox.length > 0) await this.#deliver(nextLetters(this.#mailbox))
    this.#working = false
  }

  /** Answers each of the letters, or puts back those that the batch could not hold. Never rejects. */
  async #deliver(letters: readonly Letter[]): Promise<void> {
    try {
      const steps = await this.#commit(letters)
      for (const [index, step] of steps.entries()) letters[index]?.resolve(step)
      this.#mailbox.unshift(...letters.slice(steps.length))
    } catch (error) {
      const [only] = letters
      if (letters.length === 1) only?.reject(error)
      // One of them broke the commit of all: each for itself, so that it breaks only its own.
      else for (const letter of letters) await this.#deliver([letter])
    }
  }

  /** @returns the steps of as many letters as were taken, durable */
  async #commit(letters: readonly Letter[]): Promise<readonly Transition[]> {
    const [first] = letters
    const action = first?.action
    if (action !== undefined && (await this.#doneBefore(action)))
      return [{ state: this.#record.state, effects: [], log: [], refusal: null }]
    for (let attempt = 1; ; attempt += 1) {
      const record = this.#record
      const events = letters.map(({ event }) => event)
      const around = this.#deps.surroundings(record)
      const { steps, commit } = batchOf(record, events, around)
      const whole =
        action === undefined || steps[0]?.refusal !== null ? commit : { ...(commit ?? keyOnly(record, around)), action }
      if (whole === null) return steps
      try {
        const { run, events: logged } = await this.#deps.store.commitRun(whole)
        this.#record = run
        if (logged.length > 0)
          this.#deps.feed.publish({
            run: run.id,
            federation: run.federation,
            stream: run.stream,
            headSeq: run.headSeq,
            events: logged,
          })
        this.#deps.perform(
          run,
          steps.flatMap(({ effects }) => effects),
        )
        return steps
      } catch (error) {
        // Somebody else moved the run on (a second coordinator): read it again and decide anew.
        if (!(error instanceof TributaryError && error.code === 'action_conflict') || attempt >= ATTEMPTS) throw error
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

/** Takes the next letters that can go together: an action goes alone, with its key. */
function nextLetters(mailbox: Letter[]): Letter[] {
  const end = mailbox.findIndex(({ action }) => action !== undefined)
  return mailbox.splice(0, end < 0 ? mailbox.length : Math.max(1, end))
}

/** An action that changes nothing still spends its key. */
const keyOnly = (record: RunRecord, { now }: Surroundings): RunCommit => ({
  run: record.id,
  expectedVersion: record.version,
  at: new Date(now),
  events: [],
})
