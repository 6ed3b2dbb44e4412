import { type FederationId, type Run, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Call, type HttpWorld, httpWorld, someRunRequest } from '../testing/http-world.ts'

const CALLERS = ['admin', 'researcher', 'institution', 'outsider', 'nobody'] as const
type Caller = (typeof CALLERS)[number]
interface Place {
  fed: FederationId
  run: Run
  participant: string
  invite: string
}
let serial = 0
const next = () => {
  serial += 1
  return serial
}
const action = (type: string) => ({
  method: 'POST' as const,
  body: { action: type, reason: 'because', idempotencyKey: `key-${next()}-of-roles` },
})

/** Statuses of admin, researcher of the federation, institution in it, researcher of another federation, no token. */
const table: [string, number[], (at: Place) => [string, Call?]][] = [
  ['who am I', [200, 200, 200, 200, 401], () => [routes.me]],
  ['federations', [200, 200, 200, 200, 401], () => [routes.federations]],
  [
    'create a federation',
    [200, 403, 403, 403, 401],
    () => [routes.federations, { method: 'POST', body: { name: `fresh ${next()}` } }],
  ],
  ['a federation', [200, 200, 200, 404, 401], ({ fed }) => [routes.federation(fed)]],
  ['participants', [200, 200, 200, 404, 401], ({ fed }) => [routes.participants(fed)]],
  ['invites', [200, 403, 403, 404, 401], ({ fed }) => [routes.invites(fed)]],
  ['create an invite', [200, 403, 403, 404, 401], ({ fed }) => [routes.invites(fed), { method: 'POST', body: {} }]],
  ['revoke an invite', [200, 403, 403, 404, 401], ({ invite }) => [routes.invite(invite), { method: 'DELETE' }]],
  ['runs', [200, 200, 200, 200, 401], () => [routes.runs]],
  ['runs of a federation', [200, 200, 200, 404, 401], ({ fed }) => [routes.federationRuns(fed)]],
  [
    'create a run',
    [200, 200, 403, 404, 401],
    ({ fed }) => [routes.federationRuns(fed), { method: 'POST', body: someRunRequest }],
  ],
  ['a run', [200, 200, 200, 404, 401], ({ run }) => [routes.run(run.id)]],
  // Allowed by role, and then refused by the machine: the run has not started.
  ['act on a run', [409, 409, 403, 404, 401], ({ run }) => [routes.runActions(run.id), action('resume')]],
  [
    'exclude',
    [200, 403, 403, 404, 401],
    ({ run, participant }) => {
      const { method, body } = action('exclude')
      return [routes.runActions(run.id), { method, body: { ...body, participant } }]
    },
  ],
  ['events', [200, 200, 200, 404, 401], ({ run }) => [routes.runEvents(run.id)]],
  ['metrics', [200, 200, 200, 404, 401], ({ run }) => [routes.runMetrics(run.id)]],
  ['how metrics spread', [200, 200, 200, 404, 401], ({ run }) => [routes.runSpread(run.id)]],
  ['rounds as columns', [200, 200, 200, 404, 401], ({ run }) => [routes.roundColumns(run.id)]],
  ['models of a run', [200, 200, 200, 404, 401], ({ run }) => [routes.runModels(run.id)]],
  ['rounds', [200, 200, 200, 404, 401], ({ run }) => [routes.rounds(run.id)]],
  ['a round that is not there', [404, 404, 404, 404, 401], ({ run }) => [routes.round(run.id, 1)]],
  ['a model', [200, 200, 200, 404, 401], ({ run }) => [routes.model(run.modelSha256)]],
]

describe('who may do what', () => {
  let world: HttpWorld
  let place: Place
  let tokens: Record<Caller, string | undefined>
  beforeAll(async () => {
    world = await httpWorld()
    const fed = await world.federation('ours')
    const other = await world.federation('theirs')
    const institution = await world.member(fed, 'institution', 'inst')
    const { participant } = (await world.call(routes.me, { token: institution })).json<{ participant: string }>()
    place = { fed, run: await world.run(fed), participant, invite: (await world.invite(fed)).id }
    tokens = {
      admin: world.admin,
      researcher: await world.member(fed, 'researcher', 'res'),
      institution,
      outsider: await world.member(other, 'researcher', 'out'),
      nobody: undefined,
    }
  })
  afterAll(() => world.close())

  it.each(table)('%s', async (_what, expected, request) => {
    const actual: number[] = []
    for (const caller of CALLERS) {
      const [url, call = {}] = request(place)
      const token = tokens[caller]
      actual.push((await world.call(url, { ...call, ...(token === undefined ? {} : { token }) })).statusCode)
    }
    expect(actual).toEqual(expected)
  })

  it('shows nobody what belongs to others in lists', async () => {
    const token = tokens.outsider ?? ''
    expect((await world.call(routes.runs, { token })).json()).toEqual([])
    expect((await world.call(`${routes.runs}?federation=${place.fed}`, { token })).json()).toEqual([])
    expect((await world.call(routes.federations, { token })).json<{ name: string }[]>().map(({ name }) => name)).toEqual([
      'theirs',
    ])
  })

  it('answers a token that is unknown or malformed like none', async () => {
    for (const authorization of [
      'Bearer trb_a_wrong',
      'Bearer',
      'Basic YTpi',
      `bearer ${world.admin}`,
      `Bearer ${world.admin} x`,
    ])
      expect((await world.call(routes.me, { headers: { authorization } })).statusCode, authorization).toBe(401)
  })

  it('lets an admin of one federation rule there and nowhere else', async () => {
    const token = await world.member(place.fed, 'admin', 'local-admin')
    expect((await world.call(routes.federations, { method: 'POST', token, body: { name: 'mine' } })).statusCode).toBe(403)
    expect((await world.call(routes.invites(place.fed), { token })).statusCode).toBe(200)
    const other = (await world.coordinator.store.federations()).find(({ name }) => name === 'theirs')
    expect((await world.call(routes.invites(other?.id ?? ''), { token })).statusCode).toBe(404)
  })
})
