import { type Effect, type MachineEvent, resumedEffects, type Surroundings, type Transition } from '@tributary/federation'
import { type LoggedEvent, type RunId, TributaryError } from '@tributary/protocol'
import type { RunCommit, RunRecord, Store } from '../storage/store.ts'
import { batchOf } from './batch.ts'
import type { EventFeed } from './event-feed.ts'

export interface RunActorDeps {
  store: Store
  feed: EventFeed
  surroundings: (record: RunRecord) => Surroundings
  /** Runs after the steps are durable, with their effects in order; must not throw. */
  perform: (record: RunRecord, effects: readonly Effect[]) => void
  /** The record is not certain, or another wrote it: the run wants an event soon, a tick will do. Must not throw. */
  lookAgain: (run: RunId) => void
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

/** A commit of which nobody knows whether it was written: its answer never came. */
interface Doubt {
  commit: RunCommit
  steps: readonly Transition[]
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
  #doubt: Doubt | null = null

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
      // Out of reach as the database is, none would fare better alone.
      if (letters.length === 1 || this.#doubt !== null) for (const { reject } of letters) reject(error)
      // One of them broke the commit of all: each for itself, so that it breaks only its own.
      else for (const letter of letters) await this.#deliver([letter])
    }
  }

  /** @returns the steps of as many letters as were taken, durable */
  async #commit(letters: readonly Letter[]): Promise<readonly Transition[]> {
    await this.#settle()
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
        this.#take(run, logged, effectsOf(steps))
        return steps
      } catch (error) {
        if (error instanceof TributaryError) {
          // Somebody else moved the run on (a second coordinator): read it again and decide anew.
          if (error.code !== 'action_conflict' || attempt >= ATTEMPTS) throw error
          const { fresh, missed } = await this.#read()
          this.#takeUp(fresh, missed)
        } else {
          this.#doubt = { commit: whole, steps }
          const written = await this.#settle().catch(() => null)
          if (written) return steps
          if (written === null) this.#deps.lookAgain(record.id)
          throw error
        }
      }
    }
  }

  /** Asks what is stored, if that is in doubt. @returns whether the commit in doubt was written: then its effects are done now */
  async #settle(): Promise<boolean> {
    const doubt = this.#doubt
    if (doubt === null) return false
    const { fresh, missed } = await this.#read()
    this.#doubt = null
    const written = isWritten(doubt.commit, this.#record, fresh)
    if (written) this.#take(fresh, missed, effectsOf(doubt.steps))
    else this.#takeUp(fresh, missed)
    return written
  }

  async #read(): Promise<{ fresh: RunRecord; missed: readonly LoggedEvent[] }> {
    const { store } = this.#deps
    const { id, headSeq } = this.#record
    const fresh = await store.run(id)
    if (fresh === null) throw new TributaryError('not_found', { what: 'run', id })
    const count = fresh.headSeq - headSeq
    return { fresh, missed: count === 0 ? [] : await store.events(id, { after: headSeq, limit: count }) }
  }

  /** Goes on from what another wrote: whatever its phase asks for may have been done by nobody. */
  #takeUp(fresh: RunRecord, missed: readonly LoggedEvent[]): void {
    if (fresh.version === this.#record.version) return
    this.#take(fresh, missed, resumedEffects(fresh.state))
    this.#deps.lookAgain(fresh.id)
  }

  #take(run: RunRecord, events: readonly LoggedEvent[], effects: readonly Effect[]): void {
    const { id, federation, stream, headSeq } = run
    this.#record = run
    if (events.length > 0) this.#deps.feed.publish({ run: id, federation, stream, headSeq, events })
    this.#deps.perform(run, effects)
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

const effectsOf = (steps: readonly Transition[]): Effect[] => steps.flatMap(({ effects }) => effects)

/** Is `after` what this commit makes of `before`? */
const isWritten = ({ state, events }: RunCommit, before: RunRecord, after: RunRecord): boolean =>
  after.version === before.version + 1 &&
  after.headSeq === before.headSeq + events.length &&
  JSON.stringify(after.state) === JSON.stringify(state ?? before.state)

/** An action that changes nothing still spends its key. */
const keyOnly = (record: RunRecord, { now }: Surroundings): RunCommit => ({
  run: record.id,
  expectedVersion: record.version,
  at: new Date(now),
  events: [],
})
