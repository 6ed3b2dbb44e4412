import {
  catalogue,
  type FederationId,
  type RunEvent,
  type RunId,
  routes,
  runEventSchema,
  TributaryError,
} from '@tributary/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callerOfAccount } from '../access/caller.ts'
import { createViews, WHOLE } from '../access/view.ts'
import { type Browser, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import type { ParticipantRecord } from '../storage/store.ts'
import { acceptedMember, later, someAccount } from '../storage/store-fixtures.ts'
import { eventInView } from './in-view.ts'
import { eventsAbout } from './testing/events-about.ts'

const OWN = 'alder'
const OTHERS = ['birch-clinic', 'cedar']
/** What each of the others alone sent or measured; looked for in every answer, so long that no random id holds it. */
const SINGLES = ['0.123456', '7.6543', '424242424', '0.31415', 'b0b0'.repeat(4), 'is full', '987654321']

describe('an institution', () => {
  let world: PeopleWorld
  let fed: FederationId
  let run: RunId
  let token: string
  let person: Browser
  let researcher: Browser
  const ids: Record<string, string> = {}
  const texts = async (call: (url: string) => Promise<{ statusCode: number; body: string }>) => {
    const answers: string[] = []
    for (const url of [
      routes.federations,
      routes.federation(fed),
      routes.participants(fed),
      routes.runs,
      routes.federationRuns(fed),
      routes.run(run),
      routes.rounds(run),
      routes.round(run, 1),
      routes.roundColumns(run),
      routes.runSpread(run),
      routes.runEvents(run),
      routes.runModels(run),
      `${routes.runMetrics(run)}?scope=participant`,
      routes.runMetrics(run),
      routes.parties(fed),
      routes.verticalRuns,
      routes.federationVerticalRuns(fed),
    ]) {
      const { statusCode, body } = await call(url)
      expect(statusCode, url).toBe(200)
      answers.push(body)
    }
    return answers
  }

  beforeAll(async () => {
    world = await peopleWorld()
    fed = await world.federation('ours')
    const { store } = world.coordinator
    for (const name of [OWN, ...OTHERS]) {
      const joined = await world.member(fed, 'institution', name)
      if (name === OWN) token = joined
      ids[name] = (await world.call(routes.me, { token: joined })).json<{ participant: string }>().participant
    }
    for (const { id, name } of await store.participants(fed))
      await store.updateParticipant(
        id,
        name === OWN ? { samples: 11, backend: 'wasm' } : { samples: 987_654_321, backend: 'webgpu' },
      )
    person = await world.person('institution', fed, { participant: ids[OWN] as ParticipantRecord['id'] })
    researcher = await world.person('researcher', fed)
    run = (await world.run(fed)).id
    const record = await store.run(run)
    if (record === null) throw new Error('no run')
    const member = (name: string, loss: number, samples: number) =>
      acceptedMember(
        { id: ids[name] as ParticipantRecord['id'], name },
        { samples, sha256: 'b0b0'.repeat(16), loss, seconds: name === OWN ? 2.5 : 7.6543, backend: 'webgpu' },
      )
    const open = {
      number: 1,
      openedAt: 1,
      deadlineAt: 9,
      overdue: false,
      target: 3,
      minimum: 3,
      modelSha256: record.state.modelSha256,
      members: [member(OWN, 0.5, 11), member('birch-clinic', 0.123456, 424_242_424), member('cedar', 0.123456, 424_242_424)],
    }
    const missing = new TributaryError('run_failed_below_minimum', {
      round: 1,
      accepted: 1,
      minimum: 3,
      missing: [
        { name: 'birch-clinic', why: 'failed', words: 'disk of birch-clinic is full' },
        { name: 'cedar', why: 'offline', since: '2026-03-01T14:02:33.000Z' },
      ],
    })
    const failure = { ...missing.toBody(), details: { ...missing.details }, participants: [...OTHERS] }
    await store.commitRun({
      run,
      expectedVersion: record.version,
      at: later(1),
      state: { ...record.state, phase: 'failed', failure, open } as typeof record.state,
      events: [
        ...eventsOf('birch-clinic'),
        ...eventsOf('cedar'),
        ...eventsOf(OWN),
        { type: 'run.state', data: { from: 'training', to: 'failed', reason: failure } },
      ],
      round: {
        phase: 'closed',
        closedAt: 9,
        modelSha256: 'c'.repeat(64),
        metrics: { accuracy: 0.9 },
        weights: { [OWN]: 0.3717, 'birch-clinic': 0.31415, cedar: 0.31415 },
        open,
      },
      metrics: [
        { run, round: 1, scope: 'participant', participant: 'birch-clinic', name: 'loss', value: 0.123456 },
        { run, round: 1, scope: 'participant', participant: OWN, name: 'loss', value: 0.5 },
        { run, round: 1, scope: 'global', participant: null, name: 'accuracy', value: 0.9 },
      ],
    })
  })
  afterAll(() => world.close())

  function eventsOf(name: string): RunEvent[] {
    const own = name === OWN
    const [loss, samples, weight, sha256] = own
      ? [0.5, 11, 0.3717, 'a0a0'.repeat(16)]
      : [0.123456, 424_242_424, 0.31415, 'b0b0'.repeat(16)]
    const seconds = own ? 2.5 : 7.6543
    const words = own ? 'our own words about alder' : `disk of ${name} is full`
    const who = { participant: ids[name] as ParticipantRecord['id'], name }
    const verdict = `${name} sends noise: its ${words}`
    return [
      {
        type: 'round.opened',
        data: { round: 1, selected: [who], target: 3, minimum: 3, deadlineAt: 'soon', modelSha256: 'c'.repeat(64) },
      },
      { type: 'participant.downloaded', data: { round: 1, ...who, bytes: 900 } },
      ...eventsAbout(who, { sha256, samples, seconds, loss, backend: 'webgpu', weight, words, verdict }),
      // As it was written before it held the name.
      {
        type: 'action',
        data: { action: 'exclude', by: 'ada', reason: `${name} is out`, details: { participant: who.participant } },
      },
      { type: 'metric', data: { round: 1, scope: 'participant', name: 'loss', participant: name, value: loss } },
    ]
  }

  it('never receives the name, nor a single number or word, of another: by its program or its person', async () => {
    const asProgram = await texts((url) => world.call(url, { token }))
    const asPerson = await texts((url) => person.call(url))
    for (const body of [...asProgram, ...asPerson]) {
      for (const name of OTHERS) expect(body.includes(name), `${name} in ${body.slice(0, 80)}`).toBe(false)
      for (const single of SINGLES) expect(body.includes(single), `${single} in ${body.slice(0, 80)}`).toBe(false)
      for (const name of OTHERS) expect(body.includes(ids[name] as string), `id of ${name} in ${body.slice(0, 80)}`).toBe(false)
    }
    const [rounds] = (await world.call(routes.rounds(run), { token })).json<{ participants: Record<string, unknown>[] }[]>()
    expect(
      rounds?.participants.map(({ name, loss, samples, weight, trainSeconds }) => [
        name === OWN,
        loss,
        samples,
        weight,
        trainSeconds,
      ]),
    ).toEqual([
      [true, 0.5, 11, 0.3717, 2.5],
      [false, null, null, null, null],
      [false, null, null, null, null],
    ])
  })

  it('knows the others by the same pseudonym everywhere, and itself by name', async () => {
    const participants = (await world.call(routes.participants(fed), { token })).json<
      { id: string; name: string; samples: number | null }[]
    >()
    const nameOf = (id: string | undefined) => participants.find((one) => one.id === id)?.name
    expect(nameOf(ids[OWN])).toBe(OWN)
    const [round] = (await world.call(routes.rounds(run), { token })).json<
      { participants: { participant: string; name: string }[] }[]
    >()
    const members = round?.participants ?? []
    expect(members.map(({ participant }) => nameOf(participant))).toEqual(members.map(({ name }) => name))
    const [, birch, cedar] = members.map(({ name }) => name)
    expect([birch, cedar]).toEqual([expect.stringMatching(/^peer-[0-9a-f]{10}$/), expect.stringMatching(/^peer-[0-9a-f]{10}$/)])
    expect(birch).not.toBe(cedar)
    const failed = (await world.call(routes.run(run), { token })).json<{
      failure: { participants: string[]; message: string; details: { missing: unknown } }
    }>()
    expect(failed.failure.participants).toEqual([birch, cedar])
    expect(failed.failure.details.missing).toEqual([
      { name: birch, why: 'failed', words: '…' },
      { name: cedar, why: 'offline', since: '2026-03-01T14:02:33.000Z' },
    ])
    expect(failed.failure.message).toContain(
      `Missing: ${birch} (its training failed: …), ${cedar} (offline since 2026-03-01 14:02 UTC)`,
    )
    const { events, headSeq } = (await world.call(routes.runEvents(run), { token })).json<{
      headSeq: number
      events: { seq: number; event: { type: string } }[]
    }>()
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: headSeq }, (_, index) => index + 1))
    expect(events.filter(({ event }) => event.type === 'withheld')).toHaveLength(2)
    expect(events.filter(({ event }) => event.type === 'metric')).toHaveLength(1)
    const series = (await world.call(`${routes.runMetrics(run)}?scope=participant`, { token })).json<{ participant: string }[]>()
    expect(series.map(({ participant }) => participant)).toEqual([OWN])
  })

  it('is shown to researchers by pseudonym with its numbers, and to admins by name', async () => {
    for (const body of await texts((url) => researcher.call(url)))
      for (const name of [OWN, ...OTHERS])
        for (const secret of [name, ids[name] as string])
          expect(body.includes(secret), `${secret} in ${body.slice(0, 80)}`).toBe(false)
    const asResearcher = (await researcher.call(routes.rounds(run))).json<{ participants: { name: string; loss: number }[] }[]>()
    expect(asResearcher[0]?.participants.map(({ loss }) => loss)).toEqual([0.5, 0.123456, 0.123456])
    const asAdmin = (await world.call(routes.rounds(run), { token: world.admin })).json<typeof asResearcher>()
    expect(asAdmin[0]?.participants.map(({ name }) => name)).toEqual([OWN, ...OTHERS])
    expect((await world.call(routes.runEvents(run), { token: world.admin })).body).toContain('disk of birch-clinic is full')
  })

  it('keeps its pseudonym over a restart of the coordinator, and has another in another federation', async () => {
    const key = await world.coordinator.store.people.key('pseudonyms', 'another')
    const caller = callerOfAccount(
      someAccount({ role: 'institution', federation: fed, participant: ids[OWN] as ParticipantRecord['id'], name: OWN }),
    )
    const participants = (await world.call(routes.participants(fed), { token })).json<{ name: string }[]>()
    const view = createViews(key)(caller, fed)
    expect(participants.map(({ name }) => name)).toContain(view.name('cedar'))
    expect(createViews(key)(caller, 'fed_elsewhere0' as FederationId).name('cedar')).not.toBe(view.name('cedar'))
  })

  it('is told no text of another in any error that there is, and every event stays one of the protocol', () => {
    const view = createViews('key')(
      callerOfAccount(
        someAccount({ role: 'institution', federation: fed, participant: ids[OWN] as ParticipantRecord['id'], name: OWN }),
      ),
      fed,
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(catalogue) as (keyof typeof catalogue)[])),
        fc.constantFrom('update.rejected', 'participant.failed'),
        (code, type) => {
          const details = { name: 'birch-clinic', reason: 'SECRET words', missing: 'birch-clinic', expected: 'SECRET' }
          const data = {
            round: 1,
            participant: ids.cedar as ParticipantRecord['id'],
            name: 'birch-clinic',
            error: new TributaryError(code, details).toBody(),
          }
          const seen = eventInView({ type, data } as RunEvent, view)
          expect(runEventSchema.parse(seen)).toEqual(seen)
          expect(JSON.stringify(seen)).not.toMatch(/SECRET|birch/)
        },
      ),
      { seed: 12 },
    )
    for (const event of eventsOf('cedar')) {
      const seen = eventInView(event, view)
      expect(runEventSchema.parse(seen)).toEqual(seen)
      expect(eventInView(event, WHOLE)).toBe(event)
    }
  })
})
