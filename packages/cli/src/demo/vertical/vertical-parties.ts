import { deferred } from '@tributary/client'
import { type PartyPlan, SupervisedParties } from '../supervised-parties.ts'
import type { DemoTable } from './demo-tables.ts'
import type { DemoIdentities, DemoIdentity } from './identities.ts'

export interface VerticalPartiesOptions {
  readonly url: string
  readonly folder: string
  readonly identities: DemoIdentities
  readonly keyService: string
  readonly tables: readonly DemoTable[]
  /** Invite code by name. */
  readonly invites: ReadonlyMap<string, string>
  readonly onNote: (text: string) => void
}

interface KeyServiceReady {
  readonly url: string
  readonly auditor: string
}

/** The key service and the data parties, each in a process of its own. */
export class VerticalParties {
  readonly #parties: SupervisedParties
  readonly #connected = deferred<void>()
  readonly #keyService = deferred<void>()
  readonly #there = new Set<string>()
  readonly #outcomes = new Map<string, string>()
  readonly #done = deferred<ReadonlyMap<string, string>>()
  #ready: KeyServiceReady = { url: '', auditor: '' }

  constructor({ url, folder, identities, keyService, tables, invites, onNote }: VerticalPartiesOptions) {
    const { all, peersFile } = identities
    const plan = (name: string, args: (identity: DemoIdentity) => readonly string[]): PartyPlan => {
      const identity = all.find((one) => one.name === name)
      if (identity === undefined) throw new RangeError(`${name} has no identity`)
      const common = ['--url', url, '--name', name, '--key-file', identity.keyFile, '--peers', peersFile, '--approve', '--json']
      // A coordinator's token or a passphrase in the caller's environment is no party's.
      const environment = { TRIBUTARY_INVITE: invites.get(name) ?? '', TRIBUTARY_TOKEN: '', TRIBUTARY_PASSPHRASE: '' }
      return { name, args: [...args(identity), ...common], environment }
    }
    const plans = [
      plan(keyService, ({ stateDir }) => ['key-service', '--data-dir', stateDir, '--port', '0']),
      ...tables.map(({ name, role, path, idColumn, labelColumn }) =>
        plan(name, ({ stateDir }) => [
          ...['join', '--role', role, '--data', path, '--id', idColumn, '--state-dir', stateDir],
          ...(labelColumn === null ? [] : ['--label', labelColumn]),
        ]),
      ),
    ]
    this.#parties = new SupervisedParties({
      folder,
      plans,
      onNote,
      onMessage: (name, message) => {
        if (message.type === 'keyServiceReady') {
          // A restart has another port and the same tokens, which it cannot tell again.
          this.#ready = { url: message.url, auditor: message.tokens?.auditor ?? this.#ready.auditor }
          this.#keyService.resolve()
        }
        if (message.type === 'partyConnected') {
          this.#there.add(name)
          if (this.#there.size === tables.length) this.#connected.resolve()
        }
        if (message.type === 'partyDone') {
          this.#outcomes.set(name, message.file)
          if (this.#outcomes.size === tables.length) this.#done.resolve(this.#outcomes)
        }
      },
    })
  }

  get failed(): Promise<never> {
    return this.#parties.failed
  }

  get pids(): ReadonlyMap<string, number> {
    return this.#parties.pids
  }

  /** Of the key service's log, once it has connected. */
  get keyService(): KeyServiceReady {
    return this.#ready
  }

  async connected(): Promise<void> {
    await Promise.all([this.#keyService.promise, this.#connected.promise])
  }

  /** File of each data party's outcome, by name, when all have saved one. */
  outcomes(): Promise<ReadonlyMap<string, string>> {
    return this.#done.promise
  }

  stop(): Promise<void> {
    return this.#parties.stop()
  }
}
