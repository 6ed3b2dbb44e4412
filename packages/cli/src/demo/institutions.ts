import { join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import { type Child, type ChildEnd, startChild } from '../children/child.ts'
import { deferred } from '../children/deferred.ts'

export interface InstitutionPlan {
  readonly name: string
  readonly invite: string
  /** Counted from 1. */
  readonly part: number
}

export interface InstitutionsOptions {
  readonly url: string
  readonly folder: string
  readonly plans: readonly InstitutionPlan[]
  readonly alpha: number
  readonly seed: number
  /** Something that people should know, like a restart. */
  readonly onNote: (text: string) => void
}

/** A party of the demo ended for good; says which. */
export class PartyFailure extends Error {
  override readonly name = 'PartyFailure'
  readonly party: string
  readonly error: TributaryError

  constructor(party: string, error: TributaryError) {
    super(error.message)
    this.party = party
    this.error = error
  }
}

/** One that dies again and again is not brought back for ever. */
const MOST_RESTARTS = 5

/** The demo's institutions: each is `tributary join` in a process of its own, brought back with the same identity when it dies. */
export class Institutions {
  readonly #options: InstitutionsOptions
  readonly #running = new Map<string, Child>()
  readonly #backends = new Map<string, string>()
  readonly #connected = deferred<void>()
  readonly #failed = deferred<never>()
  #stopping = false

  constructor(options: InstitutionsOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
    for (const plan of options.plans) this.#start(plan, 0)
  }

  /** Rejects with PartyFailure when one cannot be brought back. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Resolves, with what each trains on, when all have connected. */
  async connected(): Promise<string[]> {
    await this.#connected.promise
    return [...this.#backends.values()]
  }

  get pids(): ReadonlyMap<string, number> {
    return new Map([...this.#running].map(([name, { pid }]) => [name, pid]))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#running.values()].map((child) => child.stop()))
  }

  #start(plan: InstitutionPlan, restarts: number): void {
    const { url, folder, plans, alpha, seed } = this.#options
    const { name, invite, part } = plan
    const split = ['--mnist', '--part', `${part}/${plans.length}`, '--alpha', String(alpha), '--seed', String(seed)]
    const child = startChild({
      args: ['join', '--url', url, '--name', name, ...split, '--state-dir', join(folder, name), '--json'],
      environment: { TRIBUTARY_INVITE: invite },
      logFile: join(folder, `${name}.log`),
      onMessage: (message) => {
        if (message.type !== 'institutionConnected') return
        this.#backends.set(name, message.backend)
        if (this.#backends.size === plans.length) this.#connected.resolve()
      },
    })
    this.#running.set(name, child)
    child.ended.then(
      (end) => this.#ended(plan, end, restarts),
      (error: Error) => this.#fail(name, new TributaryError('institution_died', { name, how: error.message, log: folder })),
    )
  }

  /** What it told is a reason that a restart does not mend; a death without a word is what restarts are for. */
  #ended(plan: InstitutionPlan, { code, signal, error }: ChildEnd, restarts: number): void {
    if (this.#stopping) return
    const { name } = plan
    const how = signal ?? `exit code ${code}`
    if (error !== null) {
      this.#fail(name, TributaryError.fromBody(error))
      return
    }
    if (restarts >= MOST_RESTARTS) {
      const log = join(this.#options.folder, `${name}.log`)
      this.#fail(name, new TributaryError('institution_died', { name, how, log }))
      return
    }
    this.#start(plan, restarts + 1)
    this.#options.onNote(`${name} died (${how}); it is started again and comes back as the same participant.`)
  }

  #fail(name: string, error: TributaryError): void {
    this.#failed.reject(new PartyFailure(name, error))
  }
}
