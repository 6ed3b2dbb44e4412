import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoordinatorApi, VerticalApi } from '@tributary/client'
import { startCoordinator } from '@tributary/coordinator'
import { publicKeysOf, type SecretIdentity } from '@tributary/crypto'
import { type RunningKeyService, startKeyService } from '@tributary/key-service'
import {
  type ColumnsInMemory,
  type JobRunner,
  joinVertical,
  openPartyStore,
  type PartyEvent,
  type SavedOutcome,
  type VerticalSession,
} from '@tributary/party'
import { fingerprintOf, type VerticalEvent, type VerticalRun, type VerticalSettingsInput } from '@tributary/protocol'

/** A data party of a test: a file or columns in memory. */
export interface TestParty {
  readonly name: string
  readonly role: 'feature' | 'label'
  readonly table: string | ColumnsInMemory
  readonly idColumn?: string | undefined
  readonly labelColumn?: string | undefined
  readonly weightColumn?: string | undefined
}

type Fetch = NonNullable<Parameters<typeof joinVertical>[0]['fetch']>

export interface VerticalWorldOptions {
  readonly parties: readonly TestParty[]
  /** Sees and may change what a party, or the key service, sends and gets. */
  readonly fetch?: ((name: string) => Fetch) | undefined
  /** Does the work of a party, or of the key service; the caller closes it. */
  readonly jobs?: ((name: string) => JobRunner | undefined) | undefined
  /** Of coordinator and key service. */
  readonly logLevel?: string | undefined
  readonly onEvent?: ((name: string, event: PartyEvent) => void) | undefined
}

export const KEY_SERVICE = 'keys'

/** A real coordinator, key service and data parties over loopback, all in this process. */
export class VerticalWorld {
  readonly url: string
  /** As its admin. */
  readonly api: VerticalApi
  readonly folder: string
  readonly federation: string
  readonly keyService: RunningKeyService
  readonly sessions: ReadonlyMap<string, VerticalSession>
  /** What nobody but its owner has: with them a test opens what was sealed. */
  readonly identities: Readonly<Record<string, SecretIdentity>>
  readonly #close: () => Promise<void>

  private constructor(parts: {
    url: string
    api: VerticalApi
    folder: string
    federation: string
    keyService: RunningKeyService
    sessions: ReadonlyMap<string, VerticalSession>
    identities: Readonly<Record<string, SecretIdentity>>
    close: () => Promise<void>
  }) {
    this.url = parts.url
    this.api = parts.api
    this.folder = parts.folder
    this.federation = parts.federation
    this.keyService = parts.keyService
    this.sessions = parts.sessions
    this.identities = parts.identities
    this.#close = parts.close
  }

  static async open(options: VerticalWorldOptions): Promise<VerticalWorld> {
    const { parties, fetch: fetchOf, jobs: jobsOf, onEvent, logLevel = 'error' } = options
    const folder = mkdtempSync(join(tmpdir(), 'tributary-vertical-'))
    const names = [KEY_SERVICE, ...parties.map(({ name }) => name)]
    const { peers, identities } = await enrolAll(folder, names)
    const coordinator = await startCoordinator({
      host: '127.0.0.1',
      port: 0,
      dataDir: join(folder, 'coordinator'),
      logLevel,
    })
    const admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
    const { id: federation } = await admin.createFederation('vertical')
    const place = async (name: string) => ({
      url: coordinator.url,
      name,
      invite: (await admin.createInvite(federation, { name })).code,
      keyFile: join(folder, `${name}.key`),
      peers,
      approve: () => true,
      onEvent: (event: PartyEvent) => onEvent?.(name, event),
    })
    const keyService = await startKeyService({
      ...(await place(KEY_SERVICE)),
      dataDir: join(folder, KEY_SERVICE),
      host: '127.0.0.1',
      port: 0,
      logLevel,
      environment: {},
      fetch: fetchOf?.(KEY_SERVICE),
      jobs: jobsOf?.(KEY_SERVICE),
    })
    const sessions = new Map<string, VerticalSession>()
    for (const party of parties) {
      const { name } = party
      const [fetch, jobs] = [fetchOf?.(name), jobsOf?.(name)]
      sessions.set(name, await joinVertical({ ...party, ...(await place(name)), stateDir: join(folder, name), fetch, jobs }))
    }
    const close = async () => {
      for (const session of sessions.values()) await session.close()
      await keyService.close()
      await coordinator.close()
      rmSync(folder, { recursive: true, force: true })
    }
    const { url } = coordinator
    const api = new VerticalApi(admin)
    return new VerticalWorld({ url, api, folder, federation, keyService, sessions, identities, close })
  }

  async create(settings: VerticalSettingsInput = {}): Promise<string> {
    return (await this.api.createRun(this.federation, { settings })).id
  }

  run(run: string): Promise<VerticalRun> {
    return this.api.run(run)
  }

  async events(run: string): Promise<VerticalEvent[]> {
    return (await this.api.events(run, { limit: 5_000 })).events.map(({ event }) => event)
  }

  /** Outcomes of all data parties, by name; rejects with the first reason of an end. */
  async outcomes(run: string): Promise<ReadonlyMap<string, SavedOutcome>> {
    const pairs = [...this.sessions].map(async ([name, session]) => [name, await session.outcome(run)] as const)
    return new Map(await Promise.all(pairs))
  }

  session(name: string): VerticalSession {
    const session = this.sessions.get(name)
    if (session === undefined) throw new Error(`${name} is not of this world`)
    return session
  }

  close(): Promise<void> {
    return this.#close()
  }
}

/** Makes each party's key file and identity, as their operators would, and answers the fingerprints that they exchange. */
async function enrolAll(folder: string, names: readonly string[]) {
  const identities: Record<string, SecretIdentity> = {}
  const peers: Record<string, string> = {}
  for (const name of names) {
    const keyFile = join(folder, `${name}.key`)
    writeFileSync(keyFile, randomBytes(64), { mode: 0o600 })
    const store = await openPartyStore({ folder: join(folder, name), lock: { keyFile } })
    const identity = store.identity()
    identities[name] = identity
    peers[name] = fingerprintOf(publicKeysOf(identity))
    store.close()
  }
  return { peers, identities }
}

export async function pinAll(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  return (await enrolAll(folder, names)).peers
}
