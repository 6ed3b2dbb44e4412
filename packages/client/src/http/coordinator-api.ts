import {
  type CreateInvite,
  type CreateRun,
  eventPageSchema,
  federationSchema,
  inviteSchema,
  type Join,
  joinedSchema,
  meSchema,
  metricSeriesSchema,
  modelVersionSchema,
  newInviteSchema,
  PROTOCOL_VERSION,
  participantSchema,
  type RunAction,
  roundSchema,
  routes,
  runSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import { type Clock, systemClock } from '../timing/clock.ts'
import { type CoordinatorAddress, coordinatorAddress } from './address.ts'
import type { Fetch, HttpPeer } from './exchange.ts'
import { freshKey } from './fresh-key.ts'
import { callForJson } from './json-call.ts'
import { downloadModel } from './model-download.ts'

export interface CoordinatorApiOptions {
  /** The coordinator's address. */
  readonly url: string
  /** The caller's token; only join and the probes need none. */
  readonly token?: string | null | undefined
  readonly fetch?: Fetch | undefined
  readonly clock?: Clock | undefined
}

type OptionalKey<Action> = Action extends RunAction ? Omit<Action, 'idempotencyKey'> & { idempotencyKey?: string } : never
/** An action; without a key of its own it is given a fresh one, so that each call is another action. */
export type RunActionInput = OptionalKey<RunAction>

export interface EventsQuery {
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly limit?: number | undefined
}
export interface MetricsQuery {
  readonly name?: string | undefined
  readonly scope?: 'global' | 'participant' | undefined
  readonly buckets?: number | undefined
}

const DOWNLOAD_ATTEMPTS = 5

/**
 * The HTTP interface of a coordinator, typed. Each call is made once; answers are checked by the protocol's schemas.
 * All methods throw TributaryError: the coordinator's own code, `unreachable` without an answer, `unexpected` for an answer
 * that does not fit; and the reason of an aborted signal.
 */
export class CoordinatorApi {
  readonly address: CoordinatorAddress
  readonly token: string | null
  readonly #peer: HttpPeer
  readonly #clock: Clock

  /** @throws TributaryError `config_invalid` for what is not an http(s) URL */
  constructor({ url, token = null, fetch = globalThis.fetch, clock = systemClock }: CoordinatorApiOptions) {
    this.address = coordinatorAddress(url)
    this.token = token
    this.#peer = { address: this.address, token, fetch: (input, init) => fetch(input, init) }
    this.#clock = clock
  }

  /** The connection itself, for what streams bytes. */
  get peer(): HttpPeer {
    return this.#peer
  }

  join(body: Omit<Join, 'protocol'>, signal?: AbortSignal) {
    return this.#call(joinedSchema, 'POST', routes.join, { json: { protocol: PROTOCOL_VERSION, ...body }, signal })
  }

  me(signal?: AbortSignal) {
    return this.#call(meSchema, 'GET', routes.me, { signal })
  }

  federations(signal?: AbortSignal) {
    return this.#call(z.array(federationSchema), 'GET', routes.federations, { signal })
  }

  federation(federation: string, signal?: AbortSignal) {
    return this.#call(federationSchema, 'GET', routes.federation(federation), { signal })
  }

  createFederation(name: string, signal?: AbortSignal) {
    return this.#call(federationSchema, 'POST', routes.federations, { json: { name }, signal })
  }

  /** The answer holds the code; it is shown this once. */
  createInvite(federation: string, invite: CreateInvite = {}, signal?: AbortSignal) {
    return this.#call(newInviteSchema, 'POST', routes.invites(federation), { json: invite, signal })
  }

  invites(federation: string, signal?: AbortSignal) {
    return this.#call(z.array(inviteSchema), 'GET', routes.invites(federation), { signal })
  }

  /** @returns the invite, revoked */
  revokeInvite(invite: string, signal?: AbortSignal) {
    return this.#call(inviteSchema, 'DELETE', routes.invite(invite), { signal })
  }

  participants(federation: string, signal?: AbortSignal) {
    return this.#call(z.array(participantSchema), 'GET', routes.participants(federation), { signal })
  }

  createRun(federation: string, run: CreateRun, signal?: AbortSignal) {
    return this.#call(runSchema, 'POST', routes.federationRuns(federation), { json: run, signal })
  }

  /** Runs of one federation, or all that the caller can see. */
  runs(federation?: string, signal?: AbortSignal) {
    const path = federation === undefined ? routes.runs : routes.federationRuns(federation)
    return this.#call(z.array(runSchema), 'GET', path, { signal })
  }

  run(run: string, signal?: AbortSignal) {
    return this.#call(runSchema, 'GET', routes.run(run), { signal })
  }

  /** @returns the run after the action */
  act(run: string, action: RunActionInput, signal?: AbortSignal) {
    const json = { idempotencyKey: freshKey(), ...action }
    return this.#call(runSchema, 'POST', routes.runActions(run), { json, signal })
  }

  rounds(run: string, signal?: AbortSignal) {
    return this.#call(z.array(roundSchema), 'GET', routes.rounds(run), { signal })
  }

  round(run: string, round: number, signal?: AbortSignal) {
    return this.#call(roundSchema, 'GET', routes.round(run, round), { signal })
  }

  events(run: string, query: EventsQuery = {}, signal?: AbortSignal) {
    return this.#call(eventPageSchema, 'GET', routes.runEvents(run), { query: { ...query }, signal })
  }

  metrics(run: string, query: MetricsQuery = {}, signal?: AbortSignal) {
    return this.#call(z.array(metricSeriesSchema), 'GET', routes.runMetrics(run), { query: { ...query }, signal })
  }

  models(run: string, signal?: AbortSignal) {
    return this.#call(z.array(modelVersionSchema), 'GET', routes.runModels(run), { signal })
  }

  /**
   * The bytes of a model, checked against their hash; a broken download is resumed, in at most 5 attempts.
   * @throws TributaryError also `storage_corrupt`
   */
  downloadModel(sha256: string, signal: AbortSignal = new AbortController().signal): Promise<Uint8Array<ArrayBuffer>> {
    return downloadModel(this.#peer, { sha256 }, { clock: this.#clock, signal, attempts: DOWNLOAD_ATTEMPTS })
  }

  #call<T>(
    schema: z.ZodType<T>,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    rest: { json?: unknown; query?: Record<string, string | number | undefined>; signal?: AbortSignal | undefined },
  ): Promise<T> {
    return callForJson(this.#peer, schema, { method, path, ...rest })
  }
}
