import { type FederationId, type ParticipantId, type RunEvent, type RunId, routes, TributaryError } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import { acceptedMember, later } from '../storage/store-fixtures.ts'

const NAME = 'alder'
/** What the one before alone sent, measured or wrote. */
const SINGLES = ['987654', '4242', '0.31415', '0.123456', '7.65', 'b0b0', 'is full', 'webgpu']

describe('who takes over a name', () => {
  let world: PeopleWorld
  let fed: FederationId
  let run: RunId
  let before: ParticipantId
  let own: ParticipantId
  let token: string
  let person: Browser

  beforeAll(async () => {
    world = await peopleWorld()
    fed = await world.federation('ours')
    const { store } = world.coordinator
    const join = async () => {
      const joined = await world.member(fed, 'institution', NAME)
      const { participant } = (await world.call(routes.me, { token: joined })).json<{ participant: ParticipantId }>()
      return { joined, participant }
    }
    before = (await join()).participant
    await store.updateParticipant(before, { samples: 987_654, backend: 'webgpu', leftAt: new Date(world.clock.now) })
    const successor = await join()
    own = successor.participant
    token = successor.joined
    await store.updateParticipant(own, { samples: 11, backend: 'wasm' })
    person = await world.person('institution', fed, { participant: own })
    run = (await world.run(fed)).id
    const record = await store.run(run)
    if (record === null) throw new Error('no run')
    const members = [
      acceptedMember(
        { id: before, name: NAME },
        { samples: 4_242, sha256: 'b0b0'.repeat(16), loss: 0.123456, seconds: 7.65, backend: 'cpu' },
      ),
      acceptedMember(
        { id: own, name: NAME },
        { samples: 11, sha256: 'a0a0'.repeat(16), loss: 0.5, seconds: 2.5, backend: 'cpu' },
      ),
    ]
    const { modelSha256 } = record.state
    const open = { number: 1, openedAt: 1, deadlineAt: 9, overdue: false, target: 2, minimum: 2, modelSha256, members }
    await store.commitRun({
      run,
      expectedVersion: record.version,
      at: later(1),
      state: { ...record.state, phase: 'completed', round: 1 },
      events: [...eventsOf(before), ...eventsOf(own)],
      round: { phase: 'closed', closedAt: 9, modelSha256: 'c'.repeat(64), metrics: {}, weights: {}, open },
      metrics: [{ run, round: 1, scope: 'participant', participant: NAME, name: 'loss', value: 0.777 }],
    })
  })
  afterAll(() => world.close())

  function eventsOf(participant: ParticipantId): RunEvent[] {
    const who = { round: 1, participant, name: NAME }
    const isOwn = participant === own
    const [loss, samples, weight] = isOwn ? [0.5, 11, 0.3717] : [0.123456, 4_242, 0.31415]
    const seconds = isOwn ? 2.5 : 7.65
    const reason = isOwn ? 'our own words' : 'the disk is full'
    const error = new TributaryError('training_failed', { participant: NAME, reason }).toBody()
    const sha256 = (isOwn ? 'a0a0' : 'b0b0').repeat(16)
    const details = { participant, name: NAME, countsThisRound: false }
    return [
      { type: 'participant.trained', data: { ...who, seconds, loss } },
      {
        type: 'update.accepted',
        data: { ...who, sha256, samples, bytes: 900, seconds, loss, backend: isOwn ? 'wasm' : 'webgpu' },
      },
      { type: 'update.rejected', data: { ...who, error } },
      { type: 'participant.failed', data: { ...who, error } },
      { type: 'action', data: { action: 'exclude', by: 'ada', reason, details } },
      { type: 'participant.dropped', data: { ...who, reason } },
      {
        type: 'round.closed',
        data: {
          round: 1,
          modelSha256: 'c'.repeat(64),
          counted: [{ participant, name: NAME, samples, weight }],
          missing: [{ participant, name: NAME, reason }],
          seconds: 2,
        },
      },
    ]
  }

  it('sees nothing of what the one before reported, and its own whole', async () => {
    for (const call of [(url: string) => world.call(url, { token }), (url: string) => person.call(url)]) {
      const answers: string[] = []
      for (const url of [
        routes.participants(fed),
        routes.run(run),
        routes.rounds(run),
        routes.round(run, 1),
        routes.roundColumns(run),
        routes.runEvents(run),
      ]) {
        const { statusCode, body } = await call(url)
        expect(statusCode, url).toBe(200)
        for (const secret of [before, ...SINGLES]) expect(body.includes(secret), `${secret} in ${url}`).toBe(false)
        answers.push(body)
      }
      const all = answers.join('\n')
      for (const single of [own, '0.5', '0.3717', '2.5', 'a0a0', 'our own words', 'wasm']) expect(all).toContain(single)
    }
  })

  it('reads series of metrics on, since they are kept by name', async () => {
    const series = (await world.call(`${routes.runMetrics(run)}?scope=participant`, { token })).json<{ participant: string }[]>()
    expect(series.map(({ participant }) => participant)).toEqual([NAME])
  })
})
