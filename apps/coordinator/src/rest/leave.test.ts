import {
  type AdminAuditPage,
  type CallerAccount,
  type FederationId,
  type Participant,
  type Run,
  routes,
  type VerticalRun,
} from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, PASSWORD, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import { FakeParty } from '../vertical/testing/fake-parties.ts'

describe('an institution that leaves by a person of it', () => {
  let world: PeopleWorld
  let fed: FederationId
  let parties: FakeParty[]
  let person: Browser
  let participant: Participant['id']
  const leave = { method: 'POST' as const, body: { reason: 'the contract has ended' } }

  beforeAll(async () => {
    world = await peopleWorld()
    fed = await world.federation('ours')
    parties = []
    for (const [name, role] of [
      ['alder', 'feature'],
      ['birch', 'label'],
      ['cedar', 'key-service'],
    ] as const) {
      const party = new FakeParty(name, role, await world.member(fed, 'institution', name), async (url, request) => {
        const answer = await world.call(url, request)
        return { status: answer.statusCode, json: () => answer.json() as unknown, bytes: answer.rawPayload }
      })
      await party.register(fed)
      parties.push(party)
    }
    const me = (await world.call(routes.me, { token: parties[0]?.token ?? '' })).json<CallerAccount>()
    participant = me.participant as Participant['id']
    person = await world.person('institution', fed, { name: 'nurse', participant })
  })
  afterAll(() => world.close())

  it('is nobody else, and not by a forged call', async () => {
    for (const role of ['admin', 'researcher', 'institution'] as const) {
      const other = await world.person(role, fed)
      expect((await other.call(routes.leave(fed), leave)).json(), role).toMatchObject({ code: 'forbidden' })
    }
    const elsewhere = await world.federation('theirs')
    expect((await person.call(routes.leave(elsewhere), leave)).json()).toMatchObject({ code: 'not_found' })
    expect((await person.call(routes.leave(fed), { ...leave, body: { reason: ' ' } })).statusCode).toBe(400)
    expect((await world.call(routes.leave(fed), leave)).statusCode).toBe(401)
    const forged = await world.call(routes.leave(fed), { ...leave, headers: { cookie: person.cookie } })
    expect(forged.json()).toMatchObject({ code: 'csrf_missing' })
    const [alder] = (await world.call(routes.participants(fed), { token: world.admin })).json<Participant[]>()
    expect(alder).toMatchObject({ name: 'alder', state: 'active' })
  })

  it('is gone at once, for good, with its program, its people, its connections and its vertical runs', async () => {
    const cut: string[] = []
    world.coordinator.departures.cut = (id) => void cut.push(id)
    const body = { settings: {} }
    const run = (
      await world.call(routes.federationVerticalRuns(fed), { method: 'POST', token: world.admin, body })
    ).json<VerticalRun>()
    const { token } = (await person.call(routes.tokens, { method: 'POST', body: { name: 'a script' } })).json<{ token: string }>()

    const answer = await person.call(routes.leave(fed), leave)
    expect(answer.json()).toMatchObject({ id: participant, name: 'alder', state: 'left' })
    expect(cut).toEqual([participant])

    const goneBy = [
      person.call(routes.me),
      world.call(routes.session, { headers: { cookie: person.cookie } }),
      world.call(routes.me, { token }),
      world.call(routes.me, { token: parties[0]?.token ?? '' }),
      world.attempt('nurse', PASSWORD),
    ]
    for (const gone of await Promise.all(goneBy)) expect(gone.json()).toMatchObject({ code: 'participant_left' })
    expect((await world.attempt('nurse', 'not the password at all')).json()).toMatchObject({ code: 'credentials_wrong' })

    const after = (await world.call(routes.verticalRun(run.id), { token: world.admin })).json<VerticalRun>()
    expect(after).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_aborted', details: { name: 'alder', code: 'participant_left', reason: 'the contract has ended' } },
    })
    const { entries } = (await world.call(routes.audit, { token: world.admin })).json<AdminAuditPage>()
    const told = entries.filter(({ action }) => action === 'participant.leave')
    expect(told[0]).toMatchObject({ name: 'nurse', by: 'session', federation: fed, result: 'done', details: leave.body })
    expect(told.filter(({ result }) => result === 'refused').length).toBeGreaterThan(3)
  })

  it('may be left by its program with the same call', async () => {
    const token = parties[1]?.token ?? ''
    expect((await world.call(routes.leave(fed), { ...leave, token })).json()).toMatchObject({ name: 'birch', state: 'left' })
    expect((await world.call(routes.runs, { token })).json<Run[]>()).toMatchObject({ code: 'participant_left' })
  })
})
