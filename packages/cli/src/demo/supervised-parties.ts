import { join } from 'node:path'
import { deferred } from '@tributary/client'
import { TributaryError } from '@tributary/protocol'
import { type Child, type ChildEnd, startChild } from '../children/child.ts'
import type { ChildMessage } from '../children/messages.ts'
import { PartyFailure } from './party-failure.ts'

export interface PartyPlan {
  readonly name: string
  /** A command of this program, without secrets. */
  readonly args: readonly string[]
  /** Secrets go here. */
  readonly environment: Readonly<Record<string, string>>
}

export interface SupervisedOptions {
  /** Takes a log for each party. */
  readonly folder: string
  readonly plans: readonly PartyPlan[]
  readonly onMessage: (party: string, message: ChildMessage) => void
  /** Something that people should know, like a restart. */
  readonly onNote: (text: string) => void
}

/** One that dies again and again is not brought back for ever. */
const MOST_RESTARTS = 5

/** The demo's parties: each is a command in a process of its own, brought back with the same identity when it dies. */
export class SupervisedParties {
  readonly #options: SupervisedOptions
  readonly #running = new Map<string, Child>()
  readonly #failed = deferred<never>()
  #stopping = false

  constructor(options: SupervisedOptions) {
    this.#options = options
    for (const plan of options.plans) this.#start(plan, 0)
  }

  /** Rejects with PartyFailure when one cannot be brought back. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  get pids(): ReadonlyMap<string, number> {
    return new Map([...this.#running].map(([name, { pid }]) => [name, pid]))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#running.values()].map((child) => child.stop()))
  }

  #start(plan: PartyPlan, restarts: number): void {
    const { folder, onMessage } = this.#options
    const { name, args, environment } = plan
    const child = startChild({
      args,
      environment,
      logFile: this.#logFile(name),
      onMessage: (message) => onMessage(name, message),
    })
    this.#running.set(name, child)
    child.ended.then(
      (end) => this.#ended(plan, end, restarts),
      (error: Error) => this.#fail(name, new TributaryError('institution_died', { name, how: error.message, log: folder })),
    )
  }

  /** What it told is a reason that a restart does not mend; a death without a word is what restarts are for. */
  #ended(plan: PartyPlan, { code, signal, error }: ChildEnd, restarts: number): void {
    if (this.#stopping) return
    const { name } = plan
    const how = signal ?? `exit code ${code}`
    if (error !== null) {
      this.#fail(name, TributaryError.fromBody(error))
      return
    }
    if (restarts >= MOST_RESTARTS) {
      this.#fail(name, new TributaryError('institution_died', { name, how, log: this.#logFile(name) }))
      return
    }
    this.#start(plan, restarts + 1)
    this.#options.onNote(`${name} died (${how}); it is started again and comes back as the same participant.`)
  }

  #logFile(name: string): string {
    return join(this.#options.folder, `${name}.log`)
  }

  #fail(name: string, error: TributaryError): void {
    this.#failed.reject(new PartyFailure(name, error))
  }
}
