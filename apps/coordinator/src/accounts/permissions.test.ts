import {
  type CallerAccount,
  callerActionSchema,
  type Federation,
  type FederationId,
  federationActionSchema,
  type Invite,
  type NewToken,
  type Run,
  type RunActionName,
  routes,
  runActionNameSchema,
  type Token,
  type User,
  userActionSchema,
  type VerticalRun,
  verticalActionNameSchema,
} from '@tributary/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Call, someRunRequest } from '../testing/http-world.ts'
import { FakeParty } from '../vertical/testing/fake-parties.ts'
import { type Browser, PASSWORD, type PeopleWorld, peopleWorld } from './testing/people-world.ts'

const ROLES = ['admin', 'researcher', 'institution'] as const
type Role = (typeof ROLES)[number]
type Request = readonly [string, Call?]

let serial = 0
const next = () => {
  serial += 1
  return `n${serial}`
}
const post = (body: unknown): Call => ({ method: 'POST', body })
const patch = (body: unknown): Call => ({ method: 'PATCH', body })
const key = () => `idempotent-${next()}`

/** Refused because of who calls: not a matter of the run's state or of the request's form. */
const REFUSED = [403, 404]

let world: PeopleWorld
let fed: FederationId
let people: Record<Role, Browser>
let vertical: VerticalRun
let party: FakeParty
let partyPerson: Browser

beforeAll(async () => {
  world = await peopleWorld()
  fed = await world.federation('ours')
  const call = async (url: string, request: Call) => {
    const answer = await world.call(url, request)
    return { status: answer.statusCode, json: () => answer.json() as unknown, bytes: answer.rawPayload }
  }
  const parties = []
  for (const [name, role] of [
    ['alder', 'feature'],
    ['birch', 'label'],
    ['cedar', 'key-service'],
  ] as const) {
    const one = new FakeParty(name, role, await world.member(fed, 'institution', name), call)
    await one.register(fed)
    parties.push(one)
  }
  party = parties[0] as FakeParty
  const { participant } = (await world.call(routes.me, { token: party.token })).json<CallerAccount>()
  people = {
    admin: await world.person('admin', fed),
    researcher: await world.person('researcher', fed),
    institution: await world.person('institution', fed, { participant }),
  }
  partyPerson = people.institution
  vertical = (await world.call(routes.federationVerticalRuns(fed), { ...post({ settings: {} }), token: world.admin })).json()
})
afterAll(() => world.close())

const newRun = () => world.run(fed)
const newUser = () => world.user({ name: `target-${next()}`, role: 'researcher', federation: fed })
const invite = () => world.invite(fed)

describe('every route', () => {
  /** 'yes' and 'no' for admin, researcher, institution, all of them people of the federation. */
  const table: Record<string, [string, () => Promise<Request> | Request]> = {
    'GET /api/v1/me': ['yes yes yes', () => [routes.me]],
    'GET /api/v1/federations': ['yes yes yes', () => [routes.federations]],
    // Admins of one federation found no other.
    'POST /api/v1/federations': ['no no no', () => [routes.federations, post({ name: next() })]],
    'GET /api/v1/federations/{federation}': ['yes yes yes', () => [routes.federation(fed)]],
    'GET /api/v1/federations/{federation}/participants': ['yes yes yes', () => [routes.participants(fed)]],
    'GET /api/v1/federations/{federation}/invites': ['yes no no', () => [routes.invites(fed)]],
    'POST /api/v1/federations/{federation}/invites': ['yes no no', () => [routes.invites(fed), post({})]],
    'DELETE /api/v1/invites/{invite}': ['yes no no', async () => [routes.invite((await invite()).id), { method: 'DELETE' }]],
    'GET /api/v1/runs': ['yes yes yes', () => [routes.runs]],
    'GET /api/v1/federations/{federation}/runs': ['yes yes yes', () => [routes.federationRuns(fed)]],
    'POST /api/v1/federations/{federation}/runs': ['yes yes no', () => [routes.federationRuns(fed), post(someRunRequest)]],
    'GET /api/v1/runs/{run}': ['yes yes yes', async () => [routes.run((await newRun()).id)]],
    'POST /api/v1/runs/{run}/actions': [
      'yes yes no',
      async () => [routes.runActions((await newRun()).id), post({ action: 'cancel', reason: 'r', idempotencyKey: key() })],
    ],
    'GET /api/v1/runs/{run}/events': ['yes yes yes', async () => [routes.runEvents((await newRun()).id)]],
    'GET /api/v1/runs/{run}/metrics': ['yes yes yes', async () => [routes.runMetrics((await newRun()).id)]],
    'GET /api/v1/runs/{run}/metrics/spread': ['yes yes yes', async () => [routes.runSpread((await newRun()).id)]],
    'GET /api/v1/runs/{run}/round-columns': ['yes yes yes', async () => [routes.roundColumns((await newRun()).id)]],
    'GET /api/v1/runs/{run}/models': ['yes yes yes', async () => [routes.runModels((await newRun()).id)]],
    'GET /api/v1/runs/{run}/rounds': ['yes yes yes', async () => [routes.rounds((await newRun()).id)]],
    'GET /api/v1/runs/{run}/rounds/{round}': ['no no no', async () => [routes.round((await newRun()).id, 1)]],
    'GET /api/v1/models/{sha256}': ['yes yes yes', async () => [routes.model((await newRun()).modelSha256)]],
    'PUT /api/v1/federations/{federation}/party': [
      'no no no',
      () => [routes.party(fed), { method: 'PUT', body: { role: 'feature', keys: party.keys, rows: 1, features: 1 } }],
    ],
    'GET /api/v1/federations/{federation}/parties': ['yes yes yes', () => [routes.parties(fed)]],
    'GET /api/v1/vertical-runs': ['yes yes yes', () => [routes.verticalRuns]],
    'GET /api/v1/federations/{federation}/vertical-runs': ['yes yes yes', () => [routes.federationVerticalRuns(fed)]],
    'POST /api/v1/federations/{federation}/vertical-runs': [
      'yes yes no',
      () => [routes.federationVerticalRuns(fed), post({ settings: {} })],
    ],
    'GET /api/v1/vertical-runs/{run}': ['yes yes yes', () => [routes.verticalRun(vertical.id)]],
    'GET /api/v1/vertical-runs/{run}/openings': ['yes yes yes', () => [routes.verticalOpenings(vertical.id)]],
    'POST /api/v1/vertical-runs/{run}/approvals': [
      'no no no',
      () => [routes.verticalApprovals(vertical.id), post({ decision: 'refuse', code: 'x', reason: 'y' })],
    ],
    'POST /api/v1/vertical-runs/{run}/actions': [
      'yes yes no',
      async () => {
        const { id } = (
          await world.call(routes.federationVerticalRuns(fed), { ...post({ settings: {} }), token: world.admin })
        ).json<VerticalRun>()
        return [routes.verticalActions(id), post({ action: 'cancel', reason: 'r', idempotencyKey: key() })]
      },
    ],
    'POST /api/v1/vertical-runs/{run}/abort': [
      'no no no',
      () => [routes.verticalAbort(vertical.id), post({ code: 'x', reason: 'y' })],
    ],
    'GET /api/v1/vertical-runs/{run}/events': ['yes yes yes', () => [routes.verticalEvents(vertical.id)]],
    'PUT /api/v1/vertical-runs/{run}/messages': [
      'no no no',
      () => [
        routes.verticalMessages(vertical.id),
        { method: 'PUT', body: Buffer.from('sealed'), headers: { 'content-type': 'application/octet-stream' } },
      ],
    ],
    'GET /api/v1/vertical-runs/{run}/inbox': ['no no no', () => [routes.verticalInbox(vertical.id)]],
    'GET /api/v1/vertical-runs/{run}/messages/{sha256}': [
      'no no no',
      () => [routes.verticalMessage(vertical.id, 'a'.repeat(64))],
    ],
    'GET /api/v1/users': ['yes no no', () => [routes.users]],
    'POST /api/v1/users': [
      'yes no no',
      () => [routes.users, post({ name: next(), role: 'researcher', federation: fed, password: PASSWORD })],
    ],
    'PATCH /api/v1/users/{account}': [
      'yes no no',
      async () => [routes.user((await newUser()).account), patch({ disabled: true })],
    ],
    'GET /api/v1/tokens': ['yes yes yes', () => [routes.tokens]],
    'POST /api/v1/tokens': ['yes yes yes', () => [routes.tokens, post({ name: next() })]],
    'DELETE /api/v1/tokens/{token}': [
      'yes no no',
      async () => {
        const { name } = await newUser()
        const { id } = (await (await world.signIn(name)).call(routes.tokens, post({ name: 'theirs' }))).json<NewToken>()
        return [routes.token(id), { method: 'DELETE' }]
      },
    ],
    'GET /api/v1/audit': ['yes no no', () => [routes.audit]],
  }
  /** Taken by anybody, or told apart elsewhere; a manifest and a publication are signed by their party, whatever the account is. */
  const others = [
    'POST /api/v1/join',
    'GET /api/v1/auth/providers',
    'GET /api/v1/auth/oidc/{provider}/start',
    'GET /api/v1/auth/oidc/{provider}/callback',
    'POST /api/v1/session',
    'GET /api/v1/session',
    'DELETE /api/v1/session',
    'POST /api/v1/session/password',
    // For good: see leave.test.ts.
    'POST /api/v1/federations/{federation}/leave',
    'PUT /api/v1/vertical-runs/{run}/manifest',
    'POST /api/v1/vertical-runs/{run}/published',
  ]

  it('stands in the table below, so that a new one is not forgotten', async () => {
    const { paths } = (await world.call(routes.openapi)).json<{ paths: Record<string, Record<string, unknown>> }>()
    const known = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const api = known.filter((route) => route.includes(' /api/') && !route.startsWith('HEAD '))
    expect([...new Set(api)].sort()).toEqual([...Object.keys(table), ...others].sort())
  })

  it.each(Object.entries(table))('%s', async (_route, [expected, request]) => {
    const actual: string[] = []
    for (const role of ROLES) {
      const { statusCode } = await people[role].call(...(await request()))
      actual.push(statusCode === 200 ? 'yes' : REFUSED.includes(statusCode) ? 'no' : String(statusCode))
    }
    expect(actual.join(' ')).toBe(expected)
  })

  it('wants a sign-in, and the right token of the session for whatever changes something', async () => {
    for (const [route, [, request]] of Object.entries(table)) {
      const [url, call = {}] = await request()
      expect((await world.call(url, call)).statusCode, route).toBe(401)
      if (route.startsWith('GET ')) continue
      const forged = await world.call(url, { ...call, headers: { ...call.headers, cookie: people.admin.cookie } })
      expect(forged.json(), route).toMatchObject({ code: 'csrf_missing' })
    }
  })
})

describe('what is hidden is refused, what is shown is not refused for who one is', () => {
  const actionBody = (action: RunActionName, participant: string) => ({
    action,
    reason: 'because',
    idempotencyKey: key(),
    ...(action === 'extend' ? { seconds: 5 } : {}),
    ...(action === 'exclude' ? { participant } : {}),
  })
  interface Offered {
    shown: readonly string[]
    requests: Record<string, Request>
  }
  /** What a kind of resource shows to a caller, with a request for each action that there is. */
  const resources: Record<string, (me: Browser) => Promise<Offered>> = {
    federation: async (me) => {
      const { allowedActions } = (await me.call(routes.federation(fed))).json<Federation>()
      return {
        shown: allowedActions.filter((action) => action !== 'leave'),
        requests: { invite: [routes.invites(fed), post({})], createRun: [routes.federationRuns(fed), post(someRunRequest)] },
      }
    },
    invite: async (me) => {
      const { id } = await invite()
      const listed = await me.call(routes.invites(fed))
      const shown = listed.statusCode === 200 ? (listed.json<Invite[]>().find((one) => one.id === id)?.allowedActions ?? []) : []
      return { shown, requests: { revoke: [routes.invite(id), { method: 'DELETE' }] } }
    },
    run: async (me) => {
      const { participant } = partyPerson.session
      const runs = await Promise.all(runActionNameSchema.options.map(newRun))
      const shown = (await me.call(routes.run(runs[0]?.id ?? ''))).json<Run>().allowedActions
      const requests = runActionNameSchema.options.map((action, index) => [
        action,
        [routes.runActions(runs[index]?.id ?? ''), post(actionBody(action, participant ?? ''))],
      ])
      return { shown, requests: Object.fromEntries(requests) }
    },
    verticalRun: async (me) => {
      const shown = (await me.call(routes.verticalRun(vertical.id))).json<VerticalRun>().allowedActions
      const fresh = async () =>
        (
          await world.call(routes.federationVerticalRuns(fed), { ...post({ settings: {} }), token: world.admin })
        ).json<VerticalRun>().id
      const requests = []
      for (const action of verticalActionNameSchema.options)
        requests.push([action, [routes.verticalActions(await fresh()), post({ action, reason: 'r', idempotencyKey: key() })]])
      return { shown, requests: Object.fromEntries(requests) }
    },
    user: async (me) => {
      const target = await newUser()
      const listed = await me.call(routes.users)
      const shown =
        listed.statusCode === 200
          ? (listed.json<User[]>().find(({ account }) => account === target.account)?.allowedActions ?? [])
          : []
      const to = async (change: object): Promise<Request> => [routes.user((await newUser()).account), patch(change)]
      return {
        shown,
        requests: {
          changeRole: await to({ role: 'institution' }),
          disable: await to({ disabled: true }),
          enable: await to({ disabled: false }),
          resetPassword: await to({ resetPassword: true }),
        },
      }
    },
    token: async (me) => {
      const { id } = (await me.call(routes.tokens, post({ name: 'mine' }))).json<NewToken>()
      const shown = (await me.call(routes.tokens)).json<Token[]>().find((one) => one.id === id)?.allowedActions ?? []
      return { shown, requests: { revoke: [routes.token(id), { method: 'DELETE' }] } }
    },
    caller: async (me) => ({
      shown: (await me.call(routes.me)).json<CallerAccount>().allowedActions,
      requests: {
        createFederation: [routes.federations, post({ name: next() })],
        manageUsers: [routes.users],
        readAudit: [routes.audit],
        manageTokens: [routes.tokens],
        // Refused for the password, not for who asks.
        changePassword: [routes.sessionPassword, post({ old: 'not my password', new: 'a quite long password' })],
      },
    }),
  }
  /** Who else there is: people of the whole coordinator, programs by their token. */
  const callers: Record<string, () => Promise<Browser>> = {
    admin: async () => world.person('admin', fed),
    researcher: async () => world.person('researcher', fed),
    institution: async () => world.person('institution', fed, { participant: partyPerson.session.participant }),
    coordinator: async () => world.person('admin', null),
  }

  it('for every kind of caller, resource and action', async () => {
    const cases = Object.keys(callers).flatMap((caller) => Object.keys(resources).map((resource) => ({ caller, resource })))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), fc.nat(), async ({ caller, resource }, pick) => {
        const me = await (callers[caller] as () => Promise<Browser>)()
        const { shown, requests } = await (resources[resource] as (me: Browser) => Promise<Offered>)(me)
        expect(Object.keys(requests), 'there is a request for every action').toEqual(expect.arrayContaining([...shown]))
        const actions = Object.keys(requests)
        const action = actions[pick % actions.length] as string
        const { statusCode, body } = await me.call(...(requests[action] as Request))
        const told = `${caller} ${resource} ${action}: ${statusCode} ${body.slice(0, 200)}`
        if (shown.includes(action)) expect([200, 401], told).toContain(statusCode)
        else expect([403, 404, 409], told).toContain(statusCode)
      }),
      { numRuns: 60, seed: 9 },
    )
  }, 120_000)

  it('covers every action that the protocol has', async () => {
    const me = people.admin
    const named = async (resource: string) =>
      Object.keys((await (resources[resource] as (me: Browser) => Promise<Offered>)(me)).requests).sort()
    expect(await named('run')).toEqual([...runActionNameSchema.options].sort())
    expect(await named('verticalRun')).toEqual([...verticalActionNameSchema.options].sort())
    expect(await named('user')).toEqual([...userActionSchema.options].sort())
    expect(await named('caller')).toEqual([...callerActionSchema.options].sort())
    // To leave is for good: what becomes of it is looked at in leave.test.ts.
    expect([...(await named('federation')), 'leave'].sort()).toEqual([...federationActionSchema.options].sort())
    for (const [role, one] of Object.entries(people)) {
      const { allowedActions } = (await one.call(routes.federation(fed))).json<Federation>()
      expect(allowedActions.includes('leave'), role).toBe(role === 'institution')
    }
  })
})
