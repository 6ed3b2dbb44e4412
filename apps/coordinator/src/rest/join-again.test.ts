import { type FederationId, type Invite, type Joined, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newToken } from '../access/tokens.ts'
import { errorOf, type HttpWorld, httpWorld } from '../testing/http-world.ts'

/** A join whose answer was lost is asked again with the credential that the caller chose. */
describe('the same join again', () => {
  let world: HttpWorld
  let fed: FederationId
  beforeAll(async () => {
    world = await httpWorld()
    fed = await world.federation('ours')
  })
  afterAll(() => world.close())
  const refusal = async (code: string, name: string, token?: string) => {
    const answer = await world.join(code, name, token)
    return [answer.statusCode, errorOf(answer).code]
  }
  const participants = async () =>
    (await world.call(routes.participants(fed), { token: world.admin })).json<{ name: string }[]>().map(({ name }) => name)

  it('is answered as before, and admits nobody twice', async () => {
    const { code } = await world.invite(fed)
    const token = newToken('institution')
    const first = (await world.join(code, 'lost-answer', token)).json<Joined>()
    expect(first).toMatchObject({ name: 'lost-answer', role: 'institution', token })
    world.clock.now += 1_000
    expect((await world.join(code, 'lost-answer', token)).json()).toEqual(first)
    expect((await world.call(routes.me, { token })).json()).toMatchObject({ participant: first.participant })
    expect((await participants()).filter((name) => name === 'lost-answer')).toHaveLength(1)
  })

  it('is answered to each of several that come at once', async () => {
    const { code } = await world.invite(fed)
    const token = newToken('institution')
    const answers = await Promise.all([1, 2, 3, 4].map(() => world.join(code, 'hasty', token)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  })

  it('is answered also after the invite has expired: the credential is valid', async () => {
    const { code } = await world.invite(fed, { expiresInSeconds: 60 })
    const token = newToken('institution')
    const first = await world.join(code, 'much-later', token)
    world.clock.now += 3_600_000
    expect((await world.join(code, 'much-later', token)).body).toBe(first.body)
  })

  it('works for accounts that are no participants', async () => {
    const { code } = await world.invite(fed, { role: 'researcher' })
    const token = newToken('researcher')
    const first = (await world.join(code, 'rosalind', token)).json<Joined>()
    expect(first).toMatchObject({ role: 'researcher', participant: null })
    expect((await world.join(code, 'rosalind', token)).json()).toEqual(first)
  })

  it('with another credential, none, another name or another invite is refused', async () => {
    const { code } = await world.invite(fed)
    const token = newToken('institution')
    expect((await world.join(code, 'first', token)).statusCode).toBe(200)
    expect(await refusal(code, 'first', newToken('institution'))).toEqual([410, 'invite_used'])
    expect(await refusal(code, 'first')).toEqual([410, 'invite_used'])
    expect(await refusal(code, 'second', token)).toEqual([410, 'invite_used'])
    const other = await world.invite(fed)
    expect(await refusal(other.code, 'third', token)).toEqual([400, 'bad_request'])
    world.clock.now += 1
    expect((await world.join(other.code, 'third', newToken('institution'))).statusCode).toBe(200)
    expect(await refusal(other.code, 'third', token)).toEqual([410, 'invite_used'])
    expect(await refusal(other.code, 'first', token)).toEqual([410, 'invite_used'])
  })

  it('by one who has left says so', async () => {
    const { code } = await world.invite(fed)
    const token = newToken('institution')
    const { participant } = (await world.join(code, 'gone', token)).json<Joined>()
    if (participant === null) throw new Error('no participant')
    await world.coordinator.store.updateParticipant(participant, { leftAt: new Date(world.clock.now) })
    expect(await refusal(code, 'gone', token)).toEqual([403, 'participant_left'])
  })

  it('needs a credential of 256 bits and of the right role, and spends no invite without', async () => {
    const { id, code } = await world.invite(fed)
    for (const token of ['short', `trb_i_${'a'.repeat(42)}`, newToken('admin')])
      expect(await refusal(code, 'weak', token)).toEqual([400, 'bad_request'])
    const invites = (await world.call(routes.invites(fed), { token: world.admin })).json<Invite[]>()
    expect(invites.find((invite) => invite.id === id)?.state).toBe('pending')
  })
})
