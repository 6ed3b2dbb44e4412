import { isDeepStrictEqual } from 'node:util'
import { routes, verticalSettingsSchema } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeCoordinator } from '../testing/fake-coordinator.node.ts'
import { RUN } from '../testing/participant-fixture.ts'
import { CoordinatorApi } from './coordinator-api.ts'
import { VerticalApi } from './vertical-api.ts'

const at = '2026-01-01T00:00:00.000Z'
const federation = 'fed_00000001'
const settings = verticalSettingsSchema.parse({})
const party = {
  federation,
  participant: 'par_00000001',
  name: 'bank-a',
  role: 'feature',
  keys: { signing: 'a'.repeat(43), sealing: 'b'.repeat(43) },
  rows: 442,
  features: 5,
  fingerprint: 'c'.repeat(64),
  online: true,
}
const run = {
  id: RUN,
  federation,
  kind: 'vertical',
  name: 'vertical run',
  phase: 'proposed',
  settings,
  parties: [],
  manifest: null,
  manifestSha256: null,
  rows: null,
  step: null,
  f: null,
  head: null,
  failure: null,
  createdAt: at,
  startedAt: null,
  endedAt: null,
  createdBy: 'root',
  bytes: 0,
  stream: 's',
  headSeq: 1,
  allowedActions: ['cancel'],
}
const openings = [{ party: 'bank-a', features: 5, numbers: 5, quota: 200, overRuns: { runs: 2, numbers: 55, quota: 400 } }]
const page = { stream: 's', headSeq: 0, events: [] }

let fake: FakeCoordinator
let api: VerticalApi
beforeEach(async () => {
  fake = await FakeCoordinator.start()
  api = new VerticalApi(new CoordinatorApi({ url: fake.url, token: 'secret' }))
})
afterEach(() => fake.close())

describe('each method of vertical runs', () => {
  const action = { action: 'pause', reason: 'test' } as const
  it.each<[string, string, unknown, (api: VerticalApi) => Promise<unknown>, unknown?]>([
    ['GET', routes.parties(federation), [party], (a) => a.parties(federation)],
    ['POST', routes.federationVerticalRuns(federation), run, (a) => a.createRun(federation, { settings }), { settings }],
    ['GET', routes.federationVerticalRuns(federation), [run], (a) => a.runs(federation)],
    ['GET', routes.verticalRuns, [run], (a) => a.runs()],
    ['GET', routes.verticalRun(RUN), run, (a) => a.run(RUN)],
    [
      'POST',
      routes.verticalActions(RUN),
      run,
      (a) => a.act(RUN, { ...action, idempotencyKey: 'key-12345' }),
      { ...action, idempotencyKey: 'key-12345' },
    ],
    ['GET', routes.verticalOpenings(RUN), openings, (a) => a.openings(RUN)],
    ['GET', routes.verticalEvents(RUN), page, (a) => a.events(RUN)],
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

  it('gives each action without a key a fresh one', async () => {
    const keys = new Set<string>()
    fake.answers.set(`POST ${routes.verticalActions(RUN)}`, (_, body) => {
      keys.add(JSON.parse(body).idempotencyKey)
      return run
    })
    await api.act(RUN, action)
    await api.act(RUN, action)
    expect([...keys].map((key) => key.length)).toEqual([32, 32])
  })

  it('refuses an answer that does not fit', async () => {
    fake.answers.set(`GET ${routes.verticalRun(RUN)}`, () => ({ ...run, phase: 'training' }))
    await expect(api.run(RUN)).rejects.toMatchObject({ code: 'unexpected' })
  })
})
