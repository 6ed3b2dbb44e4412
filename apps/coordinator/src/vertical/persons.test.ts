import {
  type AdminAuditPage,
  type CallerAccount,
  type FederationId,
  type RunId,
  routes,
  type VerticalActionName,
  type VerticalNotice,
  type VerticalRun,
} from '@tributary/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import { FakeParty, manifestOf } from './testing/fake-parties.ts'

const names = { alder: 'feature', birch: 'label', cedar: 'key-service' } as const
type Name = keyof typeof names

let serial = 0

describe('a person of a party', () => {
  let world: PeopleWorld
  let fed: FederationId
  const parties = {} as Record<Name, FakeParty>
  const persons = {} as Record<Name, Browser>
  let run: VerticalRun
  beforeAll(async () => {
    world = await peopleWorld()
    fed = await world.federation('ours')
    for (const name of Object.keys(names) as Name[]) {
      const token = await world.member(fed, 'institution', name)
      parties[name] = new FakeParty(name, names[name], token, async (url, request) => {
        const answer = await world.call(url, request)
        return { status: answer.statusCode, json: () => answer.json() as unknown, bytes: answer.rawPayload }
      })
      await parties[name].register(fed)
      const { participant } = (await world.call(routes.me, { token })).json<CallerAccount>()
      persons[name] = await world.person('institution', fed, { name: `nurse-of-${name}`, participant })
    }
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    const body = { settings: {} }
    run = (await world.call(routes.federationVerticalRuns(fed), { method: 'POST', token: world.admin, body })).json()
  })

  const act = (by: Browser, action: VerticalActionName, idempotencyKey = `key-of-person-${++serial}`) =>
    by.call(routes.verticalActions(run.id), { method: 'POST', body: { action, reason: `${action} it is`, idempotencyKey } })
  const read = async (by: Browser, id: RunId = run.id) => (await by.call(routes.verticalRun(id))).json<VerticalRun>()
  const consents = ({ parties: list }: VerticalRun) => list.filter(({ consented }) => consented).map(({ name }) => name)
  const sign = async () => {
    const list = Object.values(parties)
    const manifest = manifestOf(run, list)
    const { manifestSha256 } = (await parties.birch.putManifest(run.id, manifest)).json() as VerticalRun
    for (const name of ['alder', 'cedar'] as const) await parties[name].approve(run.id, manifestSha256 ?? '')
  }

  it('approves once: its program is told, nobody signs by it, and the log names the party, not the person', async () => {
    expect((await read(persons.alder)).allowedActions).toEqual(['approve', 'decline'])
    const notices: [string, VerticalNotice][] = []
    world.coordinator.vertical.gateway = { notice: (to, notice) => void notices.push([to, notice]) }
    const key = 'the-same-key-twice'
    const first = await act(persons.alder, 'approve', key)
    expect(first.statusCode, first.body).toBe(200)
    expect((await act(persons.alder, 'approve', key)).statusCode).toBe(200)
    expect((await act(persons.alder, 'approve')).statusCode).toBe(200)
    const after = await read(persons.alder)
    expect([after.phase, consents(after), after.parties.some(({ approved }) => approved)]).toEqual(['proposed', ['alder'], false])
    expect(after.allowedActions).toEqual(['decline'])
    expect(notices.some(([to, notice]) => to === persons.alder.session.participant && notice.run === run.id)).toBe(true)
    const log = await world.call(routes.verticalEvents(run.id), { token: world.admin })
    expect(log.body.match(/"action":"approve"/g)).toHaveLength(1)
    expect(log.body).not.toContain('nurse')
    const { entries } = (await world.call(routes.audit, { token: world.admin })).json<AdminAuditPage>()
    expect(entries[0]).toMatchObject({ name: 'nurse-of-alder', action: 'vertical.action', target: run.id, result: 'done' })
  })

  it('declines, also after a yes, which ends the run with its name and reason', async () => {
    await act(persons.cedar, 'approve')
    expect((await act(persons.cedar, 'decline')).json()).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_refused', details: { name: 'cedar', code: 'party_declined', reason: 'decline it is' } },
    })
    expect((await read(persons.cedar)).allowedActions).toEqual([])
  })

  it('withdraws from a run that goes on, and does nothing else to it', async () => {
    expect((await act(persons.alder, 'withdraw')).json()).toMatchObject({ code: 'action_not_allowed' })
    await sign()
    const running = await read(persons.alder)
    expect([running.phase, running.allowedActions]).toEqual(['running', ['withdraw']])
    for (const action of ['approve', 'decline'] as const)
      expect((await act(persons.alder, action)).json()).toMatchObject({ code: 'action_not_allowed' })
    for (const action of ['pause', 'cancel'] as const)
      expect((await act(persons.alder, action)).json()).toMatchObject({ code: 'forbidden' })
    expect((await act(persons.alder, 'withdraw')).json()).toMatchObject({
      phase: 'aborted',
      failure: { code: 'slr_aborted', details: { name: 'alder', code: 'party_withdrew', reason: 'withdraw it is' } },
    })
  })

  it('answers for its own party alone: neither others nor its program, nor whoever steers', async () => {
    const callers = {
      admin: await world.person('admin', fed),
      researcher: await world.person('researcher', fed),
      nobodys: await world.person('institution', fed),
    }
    for (const [who, by] of Object.entries(callers))
      for (const action of ['approve', 'decline', 'withdraw'] as const)
        expect(['forbidden', 'not_found'], who).toContain((await act(by, action)).json<{ code: string }>().code)
    const { token } = parties.alder
    const body = { action: 'approve', reason: 'r', idempotencyKey: 'by-its-program' }
    expect((await world.call(routes.verticalActions(run.id), { method: 'POST', token, body })).json()).toMatchObject({
      code: 'forbidden',
    })
    expect((await world.call(routes.verticalRun(run.id), { token })).json<VerticalRun>().allowedActions).toEqual([])
    expect(consents(await read(callers.admin))).toEqual([])
  })
})
