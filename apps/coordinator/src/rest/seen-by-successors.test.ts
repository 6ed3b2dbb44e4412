import { type FederationId, type ParticipantId, type RunEvent, type RunId, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import { acceptedMember, later } from '../storage/store-fixtures.ts'
import { eventsAbout } from './testing/events-about.ts'

const NAME = 'alder'
/** What the one before alone sent, measured or wrote; so long that no random id holds it. */
const SINGLES = ['987654321', '424242424', '0.31415', '0.123456', '7.6543', 'b0b0'.repeat(4), 'is full', 'webgpu']
const OTHER = {
  samples: 424_242_424,
  weight: 0.31415,
  sha256: 'b0b0'.repeat(16),
  loss: 0.123456,
  seconds: 7.6543,
  backend: 'webgpu',
}
const OWN = { samples: 11, weight: 0.3717, sha256: 'a0a0'.repeat(16), loss: 0.5, seconds: 2.5, backend: 'wasm' }

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
    await store.updateParticipant(before, { samples: 987_654_321, backend: 'webgpu', leftAt: new Date(world.clock.now) })
    const successor = await join()
    own = successor.participant
    token = successor.joined
    await store.updateParticipant(own, { samples: 11, backend: 'wasm' })
    person = await world.person('institution', fed, { participant: own })
    run = (await world.run(fed)).id
    const record = await store.run(run)
    if (record === null) throw new Error('no run')
    const members = [
      acceptedMember({ id: before, name: NAME }, { ...OTHER, backend: 'cpu' }),
      acceptedMember({ id: own, name: NAME }, { ...OWN, backend: 'cpu' }),
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

  const eventsOf = (participant: ParticipantId): RunEvent[] =>
    eventsAbout(
      { participant, name: NAME },
      participant === own
        ? { ...OWN, words: 'our own words', verdict: 'our own words' }
        : { ...OTHER, words: 'the disk is full', verdict: 'the disk is full' },
    )

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
