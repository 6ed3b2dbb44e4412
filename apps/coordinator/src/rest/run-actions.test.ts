import { type EventPage, type FederationId, type Round, type Run, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld } from '../testing/http-world.ts'

describe('actions on runs', () => {
  let world: HttpWorld
  let fed: FederationId
  beforeAll(async () => {
    world = await httpWorld()
    fed = await world.federation('ours')
  })
  afterAll(() => world.close())
  const act = (run: Run, action: string, idempotencyKey: string, more: object = {}) =>
    world.call(routes.runActions(run.id), {
      method: 'POST',
      token: world.admin,
      body: { action, reason: 'because', idempotencyKey, ...more },
    })
  const actionsOf = async (run: Run) => {
    const page = (await world.call(routes.runEvents(run.id), { token: world.admin })).json<EventPage>()
    expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, index) => index + 1))
    expect(page.headSeq).toBe(page.events.length)
    return page.events.flatMap(({ event }) => (event.type === 'action' ? [event.data.action] : []))
  }

  it('are done once for each key', async () => {
    const run = await world.run(fed)
    const [first, again] = [await act(run, 'start', 'key-start-1'), await act(run, 'start', 'key-start-1')]
    expect([first.statusCode, again.statusCode]).toEqual([200, 200])
    expect(again.json()).toEqual(first.json())
    expect(first.json<Run>()).toMatchObject({ phase: 'selecting', round: 0 })
    expect(await actionsOf(run)).toEqual(['create', 'start'])
  })

  it('are done once when the same key comes at the same moment', async () => {
    const run = await world.run(fed)
    const answers = await Promise.all(Array.from({ length: 5 }, () => act(run, 'start', 'key-start-2')))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200])
    expect(await actionsOf(run)).toEqual(['create', 'start'])
  })

  it('refuse a key that stands for something else', async () => {
    const run = await world.run(fed)
    await act(run, 'start', 'key-start-3')
    for (const [action, more] of [
      ['cancel', {}],
      ['start', { reason: 'another' }],
    ] as const) {
      const answer = await act(run, action, 'key-start-3', more)
      expect([answer.statusCode, errorOf(answer).code]).toEqual([422, 'idempotency_key_reused'])
    }
    // A key belongs to its run.
    expect((await act(await world.run(fed), 'start', 'key-start-3')).statusCode).toBe(200)
  })

  it('say when they are not possible, as allowedActions said before', async () => {
    const run = await world.run(fed)
    expect(run.allowedActions).not.toContain('resume')
    const answer = await act(run, 'resume', 'key-resume')
    expect(answer.statusCode).toBe(409)
    expect(errorOf(answer)).toMatchObject({ code: 'action_not_allowed', details: { action: 'resume', state: 'created' } })
    await act(run, 'cancel', 'key-cancel')
    expect((await world.call(routes.run(run.id), { token: world.admin })).json()).toMatchObject({
      phase: 'cancelled',
      allowedActions: [],
    })
    expect(errorOf(await act(run, 'start', 'key-too-late')).code).toBe('action_not_allowed')
    expect((await act(run, 'cancel', 'key-cancel')).statusCode).toBe(200)
  })

  it('exclude only a participant of the same federation, and say which one there is not', async () => {
    const run = await world.run(fed)
    const memberOf = async (federation: FederationId, name: string) => {
      const token = await world.member(federation, 'institution', name)
      return (await world.call(routes.me, { token })).json<{ participant: string }>().participant
    }
    const stranger = await memberOf(await world.federation('elsewhere'), 'stranger')
    for (const participant of ['par_0000000000000000', stranger]) {
      const answer = await act(run, 'exclude', `key-${participant}`, { participant })
      expect(answer.statusCode).toBe(404)
      expect(errorOf(answer)).toMatchObject({ code: 'not_found', details: { what: 'participant', id: participant } })
    }
    expect(await actionsOf(run)).toEqual(['create'])
    expect((await act(run, 'exclude', 'key-known', { participant: await memberOf(fed, 'known') })).statusCode).toBe(200)
    expect(await actionsOf(run)).toEqual(['create', 'exclude'])
  })

  it('show a researcher only what a researcher may do', async () => {
    const run = await world.run(fed)
    const token = await world.member(fed, 'researcher', 'res')
    const seen = (await world.call(routes.run(run.id), { token })).json<Run>()
    expect(seen.allowedActions).toEqual(run.allowedActions.filter((action) => action !== 'exclude'))
    const institution = await world.member(fed, 'institution', 'inst')
    expect((await world.call(routes.run(run.id), { token: institution })).json<Run>().allowedActions).toEqual([])
  })

  it('begin from a stored model of their own federation only', async () => {
    const { modelSha256 } = await world.run(fed, { config: { ...someConfig, seed: 8 } })
    const next = await world.run(fed, { initialModel: modelSha256 })
    expect(next.modelSha256).toBe(modelSha256)
    const other = await world.federation('theirs')
    await expect(world.run(other, { initialModel: modelSha256 })).rejects.toThrow(/not_found/)
    expect((await world.call(routes.rounds(next.id), { token: world.admin })).json<Round[]>()).toEqual([])
  })

  it('give events in pages', async () => {
    const run = await world.run(fed)
    await act(run, 'start', 'key-paged')
    const page = async (query: string) =>
      (await world.call(`${routes.runEvents(run.id)}?${query}`, { token: world.admin }))
        .json<EventPage>()
        .events.map(({ seq }) => seq)
    expect(await page('limit=1')).toEqual([1])
    expect(await page('after=1&limit=1')).toEqual([2])
    expect(await page('before=2')).toEqual([1])
  })
})

const someConfig = { model: { name: 'softmax', inputShape: [4], outputs: 2 }, rounds: 3 }
