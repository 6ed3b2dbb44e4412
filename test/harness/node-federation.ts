import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoordinatorApi, type Fetch, VerticalApi } from '@tributary/client'
import { startCoordinator } from '@tributary/coordinator'
import { publicKeysOf, type SecretIdentity } from '@tributary/crypto'
import type { KeyServiceState, PartyOutcome, PartyState } from '@tributary/federation'
import {
  type ColumnsInMemory,
  createJobRunner,
  type JobRunner,
  joinHub,
  keyServiceMachine,
  type Machine,
  openPartyStore,
  type PartyEvent,
  type PartyStore,
  partyMachine,
  readPartyTable,
  startVerticalNode,
  type VerticalNode,
} from '@tributary/party'
import { fingerprintOf, type PartyKeys, TributaryError, type VerticalRun, type VerticalSettingsInput } from '@tributary/protocol'

interface NodeOptions {
  /** Sees and may change what the party and the hub say to each other. */
  readonly fetch?: Fetch | undefined
  /** Sees and may change the party's work. */
  readonly jobs?: ((real: JobRunner) => JobRunner) | undefined
}

/** A party of a test; the code that it runs is the product's but for what is put in. */
export interface DataNode extends NodeOptions {
  readonly role: 'feature' | 'label'
  readonly table: string | ColumnsInMemory
  readonly idColumn?: string | undefined
  readonly labelColumn?: string | undefined
  readonly weightColumn?: string | undefined
  readonly machine?: ((real: Machine<PartyState>) => Machine<PartyState>) | undefined
}

export interface KeyNode extends NodeOptions {
  readonly role: 'key-service'
  readonly machine?: ((real: Machine<KeyServiceState>) => Machine<KeyServiceState>) | undefined
}

export type Nodes = Readonly<Record<string, DataNode | KeyNode>>

/** Deriving a folder's key takes a second of the product's; here nobody attacks the folder. */
const QUICK_KEY = 2 ** 4

/** How a run ended for a party. */
export type NodeEnd = { readonly outcome: PartyOutcome; readonly code: null } | { readonly outcome: null; readonly code: string }

/** A real coordinator over loopback and parties of which each part can be replaced; their identities are known here. */
export class NodeFederation {
  readonly url: string
  /** As its admin. */
  readonly api: VerticalApi
  readonly folder: string
  readonly federation: string
  readonly identities: Readonly<Record<string, SecretIdentity>>
  readonly nodes: ReadonlyMap<string, VerticalNode>
  /** Everything that the parties told their owners. */
  readonly told: readonly { readonly party: string; readonly event: PartyEvent }[]
  readonly #dataParties: ReadonlySet<string>
  readonly #close: () => Promise<void>

  private constructor(o: {
    url: string
    api: VerticalApi
    folder: string
    federation: string
    identities: Readonly<Record<string, SecretIdentity>>
    nodes: ReadonlyMap<string, VerticalNode>
    told: readonly { party: string; event: PartyEvent }[]
    dataParties: ReadonlySet<string>
    close: () => Promise<void>
  }) {
    this.url = o.url
    this.api = o.api
    this.folder = o.folder
    this.federation = o.federation
    this.identities = o.identities
    this.nodes = o.nodes
    this.told = o.told
    this.#dataParties = o.dataParties
    this.#close = o.close
  }

  static async open(parties: Nodes): Promise<NodeFederation> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-nodes-'))
    const coordinator = await startCoordinator({
      host: '127.0.0.1',
      port: 0,
      dataDir: join(folder, 'coordinator'),
      logLevel: 'error',
    })
    const admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
    const { id: federation } = await admin.createFederation('nodes')
    const stores = new Map<string, PartyStore>()
    for (const name of Object.keys(parties))
      stores.set(
        name,
        await openPartyStore({
          folder: join(folder, name),
          lock: { passphrase: `the passphrase of ${name}` },
          keyCost: QUICK_KEY,
        }),
      )
    const identities = Object.fromEntries([...stores].map(([name, store]) => [name, store.identity()]))
    const peers = Object.fromEntries([...stores].map(([name, store]) => [name, fingerprintOf(publicKeysOf(store.identity()))]))
    const jobs = createJobRunner()
    const told: { party: string; event: PartyEvent }[] = []
    const nodes = new Map<string, VerticalNode>()
    for (const [name, party] of Object.entries(parties)) {
      const store = stores.get(name) as PartyStore
      const { code } = await admin.createInvite(federation, { name })
      const membership = store.membership()
      const { signal } = new AbortController()
      const hub = await joinHub({ url: coordinator.url, invite: code, name, membership, signal, fetch: party.fetch })
      const shared = {
        hub,
        store,
        identity: store.identity(),
        jobs: party.jobs?.(jobs) ?? jobs,
        peers,
        approve: () => true,
        onEvent: (event: PartyEvent) => void told.push({ party: name, event }),
      }
      const node =
        party.role === 'key-service'
          ? await startVerticalNode({
              ...shared,
              role: party.role,
              table: null,
              machine: party.machine?.(keyServiceMachine) ?? keyServiceMachine,
            })
          : await startVerticalNode({
              ...shared,
              role: party.role,
              table: await readPartyTable(party),
              machine: party.machine?.(partyMachine) ?? partyMachine,
            })
      nodes.set(name, node)
    }
    const close = async () => {
      for (const node of nodes.values()) await node.close()
      for (const store of stores.values()) store.close()
      await jobs.close()
      await coordinator.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
    const dataParties = new Set(Object.keys(parties).filter((name) => parties[name]?.role !== 'key-service'))
    const { url } = coordinator
    const api = new VerticalApi(admin)
    return new NodeFederation({ url, api, folder, federation, identities, nodes, told, dataParties, close })
  }

  keysOf(name: string): PartyKeys {
    return publicKeysOf(this.identities[name] as SecretIdentity)
  }

  node(name: string): VerticalNode {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`${name} is not here`)
    return node
  }

  async create(parties: readonly string[], settings: VerticalSettingsInput = {}): Promise<string> {
    return (await this.api.createRun(this.federation, { parties: [...parties], settings })).id
  }

  run(run: string): Promise<VerticalRun> {
    return this.api.run(run)
  }

  /** How a run ends for these parties. */
  async ends(run: string, parties: readonly string[]): Promise<Readonly<Record<string, NodeEnd>>> {
    const ends = parties.map(async (name): Promise<[string, NodeEnd]> => {
      try {
        return [name, { outcome: await this.node(name).outcome(run), code: null }]
      } catch (error) {
        if (!(error instanceof TributaryError)) throw error
        return [name, { outcome: null, code: error.code }]
      }
    })
    return Object.fromEntries(await Promise.all(ends))
  }

  /** The run when it is over for the hub, too: parties know before it does. */
  async over(run: string): Promise<VerticalRun> {
    for (;;) {
      const now = await this.run(run)
      if (now.phase === 'completed' || now.phase === 'aborted') return now
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Creates a run and waits for its end. */
  async play(parties: readonly string[], settings: VerticalSettingsInput = {}) {
    const run = await this.create(parties, settings)
    return {
      run,
      ends: await this.ends(
        run,
        parties.filter((name) => this.#dataParties.has(name)),
      ),
    }
  }

  /** Codes of messages that a party did not accept in a run. */
  dropped(run: string, party: string): readonly string[] {
    return this.told.flatMap(({ party: name, event }) =>
      name === party && event.type === 'dropped' && event.run === run ? [event.error.code] : [],
    )
  }

  close(): Promise<void> {
    return this.#close()
  }
}
