import { join } from 'node:path'
import { deferred } from '@tributary/client'
import { SupervisedParties } from './supervised-parties.ts'

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
  /** Parts that the images are dealt into; others may be at seats for browsers. */
  readonly parts: number
  readonly alpha: number
  readonly seed: number
  /** Something that people should know, like a restart. */
  readonly onNote: (text: string) => void
}

/** The demo's institutions: each is `tributary join` with its part of MNIST. */
export class Institutions {
  readonly #parties: SupervisedParties
  readonly #backends = new Map<string, string>()
  readonly #connected = deferred<void>()

  constructor({ url, folder, plans, parts, alpha, seed, onNote }: InstitutionsOptions) {
    if (plans.length === 0) this.#connected.resolve()
    this.#parties = new SupervisedParties({
      folder,
      onNote,
      plans: plans.map(({ name, invite, part }) => {
        const split = ['--mnist', '--part', `${part}/${parts}`, '--alpha', String(alpha), '--seed', String(seed)]
        return {
          name,
          args: ['join', '--url', url, '--name', name, ...split, '--state-dir', join(folder, name), '--json'],
          environment: { TRIBUTARY_INVITE: invite },
        }
      }),
      onMessage: (name, message) => {
        if (message.type !== 'institutionConnected') return
        this.#backends.set(name, message.backend)
        if (this.#backends.size === plans.length) this.#connected.resolve()
      },
    })
  }

  /** Rejects with PartyFailure when one cannot be brought back. */
  get failed(): Promise<never> {
    return this.#parties.failed
  }

  /** Resolves, with what each trains on, when all have connected. */
  async connected(): Promise<string[]> {
    await this.#connected.promise
    return [...this.#backends.values()]
  }

  get pids(): ReadonlyMap<string, number> {
    return this.#parties.pids
  }

  stop(): Promise<void> {
    return this.#parties.stop()
  }
}
