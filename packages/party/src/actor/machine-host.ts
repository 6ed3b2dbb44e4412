import type { PreparedTable, VerticalEffect, VerticalMachineEvent } from '@tributary/federation'
import type { ErrorBody, TributaryError } from '@tributary/protocol'
import type { JobOutput } from '../jobs/job-runner.ts'
import { unpackTable } from '../jobs/prepared-table.ts'
import { EMPTY_COMMIT, isStateAlone, type ReceivedMail } from '../store/run-commit.ts'
import type { RunStore } from '../store/run-store.ts'
import { commitOf } from './commit-of.ts'
import type { Machine } from './machine.ts'
import type { Standing } from './standing.ts'
import { surroundingsOf } from './surroundings.ts'

export interface MachineHostOptions<State> {
  readonly standing: Standing
  readonly machine: Machine<State>
  readonly store: RunStore
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What comes with an event and is kept in the same transaction. */
export interface Trigger {
  readonly received?: ReceivedMail | undefined
  readonly output?: JobOutput | undefined
}

/** An event's consequences, all of them durable. */
export interface Applied {
  readonly effects: readonly VerticalEffect[]
  /** Why the machine refused the event, else null. */
  readonly refusal: TributaryError | null
  /** Why the run is over now, else null. */
  readonly ended: ErrorBody | null
}

/** A machine with its durable state: what an event changes is persisted before anything of it happens. */
export class MachineHost<State> {
  /** Whether the store had a state: the process was there before. */
  readonly resumed: boolean
  readonly #options: MachineHostOptions<State>
  #state: State
  /** The state as the store has it. */
  #persisted: string | null
  #table: PreparedTable | null = null

  constructor(options: MachineHostOptions<State>) {
    const { standing, machine, store } = options
    const { me, manifest, manifestSha256 } = standing
    this.#options = options
    const saved = store.state()
    this.resumed = saved !== null
    // What was persisted is what this very machine's transitions gave.
    this.#state = saved === null ? machine.initial({ me, manifest, run: manifestSha256 }) : (JSON.parse(saved.json) as State)
    this.#persisted = saved?.json ?? null
    if (store.hasBlob('table')) this.#table = unpackTable(store.blob('table'))
  }

  /** null until the machine's job has made it. */
  get table(): PreparedTable | null {
    return this.#table
  }

  /** Jobs and timers to be asked for again; what else is durable, the post office sends. */
  recovery(): readonly VerticalEffect[] {
    return this.#options.machine.recovery(this.#state, this.#surroundings())
  }

  async apply(event: VerticalMachineEvent, { received, output }: Trigger = {}): Promise<Applied> {
    const { standing, store, machine } = this.#options
    if (event.type === 'jobDone' && event.result.kind === 'prepare') this.#table = event.result.table
    const { state, effects, refusal } = machine.transition(this.#state, event, this.#surroundings())
    const json = JSON.stringify(state)
    const change = await commitOf({ state: json, effects, standing, store, received: received ?? null, output, refusal })
    // What changed nothing need not be written: a timer that was early, news that are none.
    if (json !== this.#persisted || !isStateAlone(change)) store.commit(change)
    this.#persisted = json
    this.#state = state
    return { effects, refusal: refusal ?? null, ended: change.ended?.error ?? null }
  }

  /** Ends the run beside a machine that cannot: the hub is told, nothing goes on, and what it was working with is deleted. */
  endBeside(error: ErrorBody): void {
    const state = this.#persisted ?? JSON.stringify(this.#state)
    this.#options.store.commit({ ...EMPTY_COMMIT, state, ended: { error, announce: true } })
  }

  #surroundings() {
    const { standing, now } = this.#options
    return surroundingsOf(standing, this.#table, now())
  }
}
