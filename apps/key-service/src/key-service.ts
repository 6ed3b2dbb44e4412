import { type Clock, CoordinatorApi, type Fetch } from '@tributary/client'
import { publicKeysOf } from '@tributary/crypto'
import {
  createJobRunner,
  type JobRunner,
  type JoinVerticalOptions,
  joinHub,
  keyServiceMachine,
  openPartyStore,
  type PartyEvent,
  type PartyStore,
  type PinnedPeers,
  readPeers,
  type StateLock,
  startVerticalNode,
  type VerticalNode,
} from '@tributary/party'
import { fingerprintOf, TributaryError } from '@tributary/protocol'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { requireNoCoordinatorToken, requireOwnFolder, requirePartyRole } from './access/separation.ts'
import { Tokens } from './access/tokens.ts'
import { loggingRefusals } from './logged-events.ts'
import { RefusalLog } from './refusal-log.ts'
import { type Accounts, buildKeyServiceApp } from './rest/app.ts'

/** A token must not come into the log by way of a request that is logged whole. */
const REDACTED = ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', 'headers.cookie']

export type KeyServiceOptions = StateLock & {
  /** The coordinator's address: the key service is reached by its relay, like every party. */
  readonly url: string
  /** For the first start. */
  readonly invite?: string | undefined
  readonly name: string
  /** Own folder, never the coordinator's. */
  readonly dataDir: string
  /** Of the operator's interface. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Fingerprints of the data parties by name, or a JSON file of them. */
  readonly peers: PinnedPeers | string
  readonly approve: JoinVerticalOptions['approve']
  readonly onEvent?: ((event: PartyEvent) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Seconds that an unanswered first join is repeated. */
  readonly firstContactSeconds?: number | undefined
  /** Pauses between attempts to reach the coordinator. */
  readonly clock?: Clock | undefined
  readonly logLevel?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  readonly fetch?: Fetch | undefined
  /** Default: worker threads of its own. */
  readonly jobs?: JobRunner | undefined
}

export interface RunningKeyService {
  readonly url: string
  readonly fingerprint: string
  /** Shown at the first start alone; only hashes are kept. */
  readonly tokens: { readonly operator: string; readonly auditor: string } | null
  readonly node: VerticalNode
  close(): Promise<void>
}

/**
 * Starts the trusted third party: its own folder, keys, log and operator. It takes part in runs by the coordinator's relay and
 * serves its log over HTTP.
 * @throws TributaryError `key_service_not_separate`, `secret_storage_locked`, `config_invalid`, the codes of joining
 */
export async function startKeyService(options: KeyServiceOptions): Promise<RunningKeyService> {
  const { dataDir, environment = process.env, keyFile, passphrase } = options
  requireOwnFolder(dataDir)
  requireNoCoordinatorToken(environment)
  const peers = await readPeers(options.peers)
  const store = await openPartyStore({
    folder: dataDir,
    lock: passphrase !== undefined ? { passphrase } : { keyFile },
  })
  try {
    return await startWith(store, peers, options)
  } catch (error) {
    store.close()
    throw error
  }
}

async function startWith(store: PartyStore, peers: PinnedPeers, options: KeyServiceOptions): Promise<RunningKeyService> {
  const { url, invite, name, host, port, approve, firstContactSeconds, fetch, clock } = options
  const { signal = new AbortController().signal } = options
  const tokens = Tokens.load(store.folder)
  const identity = store.identity()
  const logger = pino({ level: options.logLevel ?? 'info', redact: REDACTED }, pino.destination({ fd: 2, sync: false }))
  const refusals = new RefusalLog(logger)
  const onEvent = loggingRefusals(refusals, options.onEvent)
  const jobs = options.jobs ?? createJobRunner({ workers: 1 })
  let node: VerticalNode | null = null
  let app: FastifyInstance | null = null
  const close = async (): Promise<void> => {
    await app?.close()
    await node?.close()
    if (options.jobs === undefined) await jobs.close()
  }
  try {
    const membership = store.membership()
    const hub = await joinHub({ url, invite, name, membership, firstContactSeconds, onEvent, signal, fetch, clock })
    await requireParty({ url, fetch }, name, store)
    node = await startVerticalNode({
      hub,
      store,
      identity,
      role: 'key-service',
      machine: keyServiceMachine,
      jobs,
      table: null,
      peers,
      approve,
      onEvent,
      signal,
      clock,
    })
    const keys = publicKeysOf(identity)
    const running = node
    let working = true
    running.done
      .catch(() => undefined)
      .finally(() => {
        working = false
      })
    const accounts: Accounts = {
      name: running.name,
      fingerprint: fingerprintOf(keys),
      keys,
      runs: () => store.runs(),
      charter: (run) => store.decision(run)?.charter ?? null,
      auditLog: (run) => store.auditLog(run),
      working: () => working,
      abort: (run, reason) => running.abort(run, reason),
    }
    app = await buildKeyServiceApp({ accounts, tokens, logger, refusals })
    const address = await app.listen({ host, port })
    tokens.keep()
    return {
      url: address,
      fingerprint: accounts.fingerprint,
      tokens: tokens.first,
      node: running,
      close: async () => {
        await close()
        store.close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** @throws TributaryError `key_service_not_separate` when the hub gives it more rights than a party has */
async function requireParty(at: Pick<KeyServiceOptions, 'url' | 'fetch'>, name: string, store: PartyStore): Promise<void> {
  const api = new CoordinatorApi(at)
  const [membership] = await store.membership().find(api.address.href, name)
  if (membership === undefined) throw new TributaryError('config_invalid', { setting: 'invite', reason: 'it gave no membership' })
  const { role } = await new CoordinatorApi({ ...at, token: membership.token }).me()
  requirePartyRole(role)
}
