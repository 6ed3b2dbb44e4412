import {
  type CreateVerticalRun,
  routes,
  type VerticalAction,
  verticalEventPageSchema,
  verticalOpeningsSchema,
  verticalPartySchema,
  verticalRunSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import type { CoordinatorApi, EventsQuery } from './coordinator-api.ts'
import { freshKey } from './fresh-key.ts'
import { callForJson } from './json-call.ts'

/** An action; without a key of its own it is given a fresh one, so that each call is another action. */
export type VerticalActionInput = Omit<VerticalAction, 'idempotencyKey'> & { idempotencyKey?: string }

/**
 * Vertical runs of a coordinator as people see and steer them; parties speak to it by @tributary/party. Each call is made once;
 * all methods throw as CoordinatorApi's do.
 */
export class VerticalApi {
  readonly #api: CoordinatorApi

  constructor(api: CoordinatorApi) {
    this.#api = api
  }

  /** Registered parties with their roles, keys and fingerprints. Fingerprints by this way are the hub's word: compare out of band. */
  parties(federation: string, signal?: AbortSignal) {
    return this.#call(z.array(verticalPartySchema), 'GET', routes.parties(federation), { signal })
  }

  /** The label party's program then writes the manifest, and every party is asked. */
  createRun(federation: string, run: CreateVerticalRun, signal?: AbortSignal) {
    return this.#call(verticalRunSchema, 'POST', routes.federationVerticalRuns(federation), { json: run, signal })
  }

  /** Runs of one federation, or all that the caller can see; newest first. */
  runs(federation?: string, signal?: AbortSignal) {
    const path = federation === undefined ? routes.verticalRuns : routes.federationVerticalRuns(federation)
    return this.#call(z.array(verticalRunSchema), 'GET', path, { signal })
  }

  run(run: string, signal?: AbortSignal) {
    return this.#call(verticalRunSchema, 'GET', routes.verticalRun(run), { signal })
  }

  /** Numbers opened for each party, in this run and over all runs that its parties did together. */
  openings(run: string, signal?: AbortSignal) {
    return this.#call(verticalOpeningsSchema, 'GET', routes.verticalOpenings(run), { signal })
  }

  /** @returns the run after the action */
  act(run: string, action: VerticalActionInput, signal?: AbortSignal) {
    const json = { idempotencyKey: freshKey(), ...action }
    return this.#call(verticalRunSchema, 'POST', routes.verticalActions(run), { json, signal })
  }

  events(run: string, query: EventsQuery = {}, signal?: AbortSignal) {
    return this.#call(verticalEventPageSchema, 'GET', routes.verticalEvents(run), { query: { ...query }, signal })
  }

  #call<T>(
    schema: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    rest: { json?: unknown; query?: Record<string, string | number | undefined>; signal?: AbortSignal | undefined },
  ): Promise<T> {
    return callForJson(this.#api.peer, schema, { method, path, ...rest })
  }
}
