import { isDeepStrictEqual } from 'node:util'
import { routes, TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeCoordinator } from '../testing/fake-coordinator.node.ts'
import { modelOf, RUN } from '../testing/participant-fixture.ts'
import { CoordinatorApi } from './coordinator-api.ts'

const at = '2026-01-01T00:00:00.000Z'
const hash = 'a'.repeat(64)
const me = { account: 'acc_00000001', name: 'root', role: 'admin', federation: null, participant: null }
const federation = {
  id: 'fed_00000001',
  name: 'Study',
  kind: 'horizontal',
  createdAt: at,
  participants: 0,
  online: 0,
  allowedActions: ['invite'],
}
const invite = {
  id: 'inv_00000001',
  federation: federation.id,
  role: 'institution',
  name: null,
  state: 'pending',
  createdAt: at,
  expiresAt: at,
  allowedActions: ['revoke'],
}
const participant = {
  id: 'par_00000001',
  federation: federation.id,
  name: 'a',
  joinedAt: at,
  state: 'active',
  online: true,
  lastSeenAt: at,
  samples: 5,
  backend: 'wasm',
  clientVersion: '0.1.0',
  roundsCounted: 1,
  bytesUp: 2,
  bytesDown: 3,
}
const config = {
  model: { name: 'softmax', inputShape: [784], outputs: 10 },
  rounds: 3,
  strategy: { name: 'fedavg', form: 'parameters', weighting: 'samples', serverLearningRate: 0.1 },
  training: { epochs: 1, batchSize: 10, optimiser: 'sgd', learningRate: 0.1 },
  selection: { fraction: 1, minimum: 2, overSelection: 0 },
  deadlineSeconds: 600,
  patienceSeconds: 3600,
  seed: 1,
}
const run = {
  id: RUN,
  federation: federation.id,
  name: 'run',
  phase: 'training',
  pausePending: false,
  config,
  round: 1,
  deadlineAt: at,
  modelSha256: hash,
  failure: null,
  metrics: {},
  createdAt: at,
  startedAt: at,
  endedAt: null,
  createdBy: 'root',
  bytesUp: 0,
  bytesDown: 0,
  stream: 's',
  headSeq: 2,
  allowedActions: ['pause'],
}
const round = {
  run: RUN,
  round: 1,
  phase: 'training',
  openedAt: at,
  deadlineAt: at,
  closedAt: null,
  modelSha256: null,
  participants: [],
  metrics: {},
}
const version = { run: RUN, round: 0, sha256: hash, bytes: 10, createdAt: at, metrics: {} }
const series = {
  name: 'loss',
  scope: 'global',
  participant: null,
  bucketRounds: 1,
  points: 1,
  buckets: [{ fromRound: 1, toRound: 1, lastRound: 1, first: 1, last: 1, min: 1, max: 1, count: 1 }],
}
const page = { stream: 's', headSeq: 0, events: [] }

let fake: FakeCoordinator
let api: CoordinatorApi
beforeEach(async () => {
  fake = await FakeCoordinator.start()
  api = new CoordinatorApi({ url: `${fake.url}/`, token: 'secret' })
})
afterEach(() => fake.close())

describe('each method', () => {
  const action = { action: 'cancel', reason: 'test' } as const
  it.each<[string, string, unknown, (api: CoordinatorApi) => Promise<unknown>, unknown?]>([
    ['GET', routes.me, me, (a) => a.me()],
    ['GET', routes.federations, [federation], (a) => a.federations()],
    ['GET', routes.federation(federation.id), federation, (a) => a.federation(federation.id)],
    ['POST', routes.federations, federation, (a) => a.createFederation('Study'), { name: 'Study' }],
    [
      'POST',
      routes.invites(federation.id),
      { ...invite, code: 'c' },
      (a) => a.createInvite(federation.id, { name: 'a' }),
      { name: 'a' },
    ],
    ['GET', routes.invites(federation.id), [invite], (a) => a.invites(federation.id)],
    ['DELETE', routes.invite(invite.id), invite, (a) => a.revokeInvite(invite.id)],
    ['GET', routes.participants(federation.id), [participant], (a) => a.participants(federation.id)],
    [
      'POST',
      routes.federationRuns(federation.id),
      run,
      (a) => a.createRun(federation.id, { config: { model: { name: 'softmax', inputShape: [784], outputs: 10 }, rounds: 3 } }),
      { config: { model: config.model, rounds: 3 } },
    ],
    ['GET', routes.federationRuns(federation.id), [run], (a) => a.runs(federation.id)],
    ['GET', routes.runs, [run], (a) => a.runs()],
    ['GET', routes.run(RUN), run, (a) => a.run(RUN)],
    [
      'POST',
      routes.runActions(RUN),
      run,
      (a) => a.act(RUN, { ...action, idempotencyKey: 'key-12345' }),
      { ...action, idempotencyKey: 'key-12345' },
    ],
    ['GET', routes.rounds(RUN), [round], (a) => a.rounds(RUN)],
    ['GET', routes.round(RUN, 1), round, (a) => a.round(RUN, 1)],
    ['GET', routes.runEvents(RUN), page, (a) => a.events(RUN)],
    ['GET', routes.runMetrics(RUN), [series], (a) => a.metrics(RUN)],
    ['GET', routes.runModels(RUN), [version], (a) => a.models(RUN)],
  ])('%s %s', async (method, path, answer, call, sent) => {
    let received: string | null = null
    fake.answers.set(`${method} ${path}`, (_, body) => {
      received = body
      return answer
    })
    expect(await call(api)).toEqual(answer)
    expect(received).toSatisfy((text: string) => (sent === undefined ? text === '' : isDeepStrictEqual(JSON.parse(text), sent)))
    expect(fake.calls[0]?.authorization).toBe('Bearer secret')
  })

  it('joins with the version of its protocol', async () => {
    fake.invites.add('code')
    expect(await api.join({ code: 'code', name: 'a' })).toMatchObject({ participant: 'par_00000001', token: 'token-00000001' })
  })

  it('sends what is asked for in the query, and leaves out what is not', async () => {
    const queries: string[] = []
    fake.answers.set(`GET ${routes.runEvents(RUN)}`, ({ search }) => {
      queries.push(search)
      return page
    })
    fake.answers.set(`GET ${routes.runMetrics(RUN)}`, ({ search }) => {
      queries.push(search)
      return []
    })
    await api.events(RUN, { after: 7, limit: 10, before: undefined })
    await api.metrics(RUN, { name: 'loss', scope: 'participant' })
    expect(queries).toEqual(['?after=7&limit=10', '?name=loss&scope=participant'])
  })

  it('gives each action without a key a fresh one', async () => {
    const keys: string[] = []
    fake.answers.set(`POST ${routes.runActions(RUN)}`, (_, body) => {
      keys.push((JSON.parse(body) as { idempotencyKey: string }).idempotencyKey)
      return run
    })
    await api.act(RUN, { action: 'pause', reason: 'test' })
    await api.act(RUN, { action: 'pause', reason: 'test' })
    expect(new Set(keys).size).toBe(2)
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true)
  })

  it('downloads a model, over a break, and refuses other bytes', async () => {
    const { sha256, bytes } = modelOf(1)
    fake.models.set(sha256, bytes)
    fake.faults.push({ method: 'GET', path: '/models/', cutAfter: 1_000 })
    expect(Buffer.compare(await api.downloadModel(sha256), bytes)).toBe(0)
    fake.models.set(
      sha256,
      bytes.map((byte) => byte ^ 1),
    )
    await expect(api.downloadModel(sha256)).rejects.toMatchObject({ code: 'storage_corrupt' })
  })

  it('keeps the path before the routes of a coordinator behind a proxy', async () => {
    fake.answers.set(`GET /hub${routes.me}`, () => me)
    expect(await new CoordinatorApi({ url: `${fake.url}/hub/`, token: 'secret' }).me()).toEqual(me)
  })
})

describe('what goes wrong', () => {
  const fails = (status: number, body: string) => {
    fake.faults.push({ method: 'GET', path: routes.me, answer: { status, body } })
    return expect(api.me()).rejects
  }

  it('is the code of the coordinator, with its details', async () => {
    const error = new TributaryError('forbidden', { role: 'researcher', action: 'invite' })
    await fails(403, JSON.stringify(error.toBody())).toMatchObject({
      code: 'forbidden',
      details: { action: 'invite' },
      message: error.message,
    })
  })

  it.each([
    [502, '<html>', 'unavailable'],
    [500, '', 'unavailable'],
    [429, '{}', 'rate_limited'],
    [404, 'not here', 'unexpected'],
    [200, '<html>', 'unexpected'],
    [200, '{"account":1}', 'unexpected'],
  ])('HTTP %d with %j is %s', async (status, body, code) => {
    await fails(status, body).toMatchObject({ code })
  })

  it('carries how long to wait', async () => {
    fake.faults.push({ method: 'GET', path: routes.me, refuse: new TributaryError('rate_limited', { limit: 5 }), retryAfter: 7 })
    await expect(api.me()).rejects.toMatchObject({ code: 'rate_limited', details: { limit: 5, retryAfter: 7 } })
  })

  it('is unreachable, with the reason, when nobody answers', async () => {
    await fake.close()
    const url = fake.url
    await expect(api.me()).rejects.toMatchObject({
      code: 'unreachable',
      details: { url, reason: expect.stringContaining('ECONNREFUSED') },
    })
  })

  it('is the reason of the signal when it is aborted', async () => {
    const reason = new Error('enough')
    await expect(api.me(AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it.each(['localhost:80', 'ftp://hub', ''])('is an address like "%s"', (url) => {
    expect(() => new CoordinatorApi({ url })).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})
