import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publicKeysOf } from '@tributary/crypto'
import { fingerprintOf, type Manifest, type PartyRole, type VerticalRun, type VerticalSettingsInput } from '@tributary/protocol'
import type { Machine } from '../actor/machine.ts'
import type { PinnedPeers } from '../identity/pinned-peers.ts'
import { createJobRunner } from '../jobs/crypto-job-runner.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import { keyServiceMachine } from '../node/key-service-machine.ts'
import type { PartyEvent } from '../node/party-event.ts'
import { partyMachine } from '../node/party-machine.ts'
import { startVerticalNode, type VerticalNode } from '../node/vertical-node.ts'
import type { PartyDatabase } from '../store/database.ts'
import { openPartyStore, type PartyStore } from '../store/party-store.ts'
import type { PartyTable } from '../table/party-table.ts'
import { MemoryHub, type MemoryHubOptions } from './memory-hub.ts'

export interface PlayedParty {
  readonly role: PartyRole
  readonly table: PartyTable | null
}

export interface WorldOptions {
  readonly parties: Readonly<Record<string, PlayedParty>>
  readonly hub?: MemoryHubOptions | undefined
  readonly jobs?: JobRunner | undefined
  readonly openDatabase?: ((name: string, folder: string) => PartyDatabase) | undefined
  readonly approve?: ((name: string, run: VerticalRun) => boolean | null) | undefined
  /** What a party has pinned, when it is not what is right. */
  readonly pins?: ((name: string, pins: PinnedPeers) => PinnedPeers) | undefined
  readonly onEvent?: ((name: string, event: PartyEvent) => void) | undefined
  /** Another machine for a party. */
  readonly machine?: (<State>(name: string, machine: Machine<State>) => Machine<State>) | undefined
}

const always = () => true

/** Quick, and no weaker in anything that these tests look at. */
const TEST_COST = 2 ** 4

interface Running {
  readonly node: VerticalNode
  readonly store: PartyStore
}

/** All parties of a run around a hub in memory: real stores, seals and machines; each can be stopped and started again. */
export class PartyWorld {
  readonly hub: MemoryHub
  readonly folder: string
  readonly events: { readonly party: string; readonly event: PartyEvent }[] = []
  readonly jobs: JobRunner
  readonly #options: WorldOptions
  readonly #running = new Map<string, Running>()
  readonly #pins: Record<string, string> = {}

  private constructor(options: WorldOptions, folder: string) {
    this.#options = options
    this.folder = folder
    this.hub = new MemoryHub(options.hub)
    this.jobs = options.jobs ?? createJobRunner()
  }

  /** Everybody is enrolled and pinned; nobody runs yet. */
  static async enrol(options: WorldOptions): Promise<PartyWorld> {
    const world = new PartyWorld(options, await mkdtemp(join(tmpdir(), 'tributary-party-')))
    for (const name of Object.keys(options.parties)) {
      const store = await world.#openStore(name)
      world.#pins[name] = fingerprintOf(publicKeysOf(store.identity()))
      store.close()
    }
    return world
  }

  static async open(options: WorldOptions): Promise<PartyWorld> {
    const world = await PartyWorld.enrol(options)
    for (const name of Object.keys(options.parties)) await world.start(name)
    return world
  }

  async start(name: string): Promise<VerticalNode> {
    const party = this.#options.parties[name]
    if (party === undefined) throw new RangeError(name)
    const { role, table } = party
    const store = await this.#openStore(name)
    const shared = {
      hub: this.hub.link(name),
      store,
      identity: store.identity(),
      role,
      jobs: this.jobs,
      table,
      peers: this.#options.pins?.(name, this.#pins) ?? this.#pins,
      approve: (_manifest: Manifest, run: VerticalRun) => (this.#options.approve ?? always)(name, run),
      onEvent: (event: PartyEvent) => {
        this.events.push({ party: name, event })
        this.#options.onEvent?.(name, event)
      },
    }
    const start = <State>(machine: Machine<State>) =>
      startVerticalNode({ ...shared, machine: this.#options.machine?.(name, machine) ?? machine })
    const node = role === 'key-service' ? await start(keyServiceMachine) : await start(partyMachine)
    this.#running.set(name, { node, store })
    return node
  }

  /** The store of a party that runs now. */
  store(name: string): PartyStore | null {
    return this.#running.get(name)?.store ?? null
  }

  node(name: string): VerticalNode {
    const running = this.#running.get(name)
    if (running === undefined) throw new RangeError(`${name} does not run`)
    return running.node
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.node.close()
    running?.store.close()
  }

  async restart(name: string): Promise<VerticalNode> {
    await this.stop(name)
    return this.start(name)
  }

  createRun(settings: VerticalSettingsInput = {}) {
    return this.hub.createRun(settings)
  }

  async close(): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.stop(name)
    await this.jobs.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  #openStore(name: string): Promise<PartyStore> {
    const { openDatabase } = this.#options
    return openPartyStore({
      folder: join(this.folder, name),
      lock: { passphrase: `passphrase of ${name}` },
      keyCost: TEST_COST,
      openDatabase: openDatabase === undefined ? undefined : (folder) => openDatabase(name, folder),
    })
  }
}
