import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ErrorBody, type FederationId, PROTOCOL_VERSION, type Role, type Run, routes } from '@tributary/protocol'
import type { LightMyRequestResponse as Response } from 'fastify'
import { type BuildOptions, type BuiltCoordinator, buildCoordinator } from '../coordinator.ts'
import { noEvaluator } from '../evaluation/evaluator.ts'
import { CoordinatorRunEngine } from '../rounds/engine.ts'

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'HEAD' | 'PATCH'
  token?: string
  body?: unknown
  headers?: Record<string, string>
}

/** A coordinator without a socket, its real engine with nobody connected, and a clock that the test sets. */
export interface HttpWorld {
  coordinator: BuiltCoordinator
  clock: { now: number }
  admin: string
  downloads: { account: string; bytes: number }[]
  call(url: string, call?: Call): Promise<Response>
  federation(name: string): Promise<FederationId>
  invite(
    federation: FederationId,
    body?: { role?: Role; name?: string; expiresInSeconds?: number },
  ): Promise<{ id: string; code: string }>
  join(code: string, name: string, token?: string): Promise<Response>
  member(federation: FederationId, role: Role, name: string): Promise<string>
  run(federation: FederationId, change?: object): Promise<Run>
  close(): Promise<void>
}

export async function httpWorld(options: Partial<BuildOptions> = {}): Promise<HttpWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-http-'))
  const clock = { now: Date.parse('2026-03-01T08:00:00.000Z') }
  const downloads: HttpWorld['downloads'] = []
  let engine: CoordinatorRunEngine | null = null
  const coordinator = await buildCoordinator({
    // Whether the pages are built must not show: none are, and the plain status page is served.
    dashboard: '/nonexistent/dashboard',
    dataDir,
    now: () => clock.now,
    createEngine: ({ store, blobs }) => {
      engine = new CoordinatorRunEngine({
        store,
        blobs,
        aggregator: {
          advance: () => Promise.reject(new Error('nobody sends updates here')),
          finish: () => Promise.reject(new Error('nobody sends updates here')),
          forget: () => Promise.resolve(),
          close: () => Promise.resolve(),
        },
        evaluator: noEvaluator,
        gateway: { task: () => {}, taskWithdrawn: () => {}, roundClosed: () => {}, runEnded: () => {} },
        now: () => clock.now,
        onError: (error) => {
          throw error
        },
      })
      return engine
    },
    onModelDownload: ({ name }, _sha256, bytes) => downloads.push({ account: name, bytes }),
    ...options,
  })
  const admin = (await coordinator.firstAdmin()) ?? ''

  const call: HttpWorld['call'] = (url, { method = 'GET', token, body, headers = {} } = {}) =>
    coordinator.app.inject({
      method,
      url,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as string | object }),
    })
  const ok = async <Body>(answer: Promise<Response>): Promise<Body> => {
    const { statusCode, body } = await answer
    if (statusCode !== 200) throw new Error(`${statusCode}: ${body}`)
    return JSON.parse(body) as Body
  }
  const joinBy: HttpWorld['join'] = (code, name, token) => {
    const chosen = token === undefined ? {} : { token }
    return call(routes.join, { method: 'POST', body: { protocol: PROTOCOL_VERSION, code, name, ...chosen } })
  }
  const invite: HttpWorld['invite'] = (federation, body = {}) =>
    ok(call(routes.invites(federation), { method: 'POST', token: admin, body }))

  return {
    coordinator,
    clock,
    admin,
    downloads,
    call,
    join: joinBy,
    invite,
    federation: async (name) =>
      (await ok<{ id: FederationId }>(call(routes.federations, { method: 'POST', token: admin, body: { name } }))).id,
    member: async (federation, role, name) =>
      (await ok<{ token: string }>(joinBy((await invite(federation, { role })).code, name))).token,
    run: (federation, change = {}) =>
      ok(call(routes.federationRuns(federation), { method: 'POST', token: admin, body: { ...someRunRequest, ...change } })),
    close: async () => {
      engine?.close()
      await coordinator.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

/** Not started, unless told otherwise. */
export const someRunRequest = {
  name: 'a run',
  config: { model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 3, seed: 7 },
  start: false,
}

export const errorOf = (answer: Response): ErrorBody => answer.json<ErrorBody>()
