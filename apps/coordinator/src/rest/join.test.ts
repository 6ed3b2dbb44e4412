import { type FederationId, type Invite, type Joined, PROTOCOL_VERSION, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld } from '../testing/http-world.ts'

describe('invites', () => {
  let world: HttpWorld
  let fed: FederationId
  beforeAll(async () => {
    world = await httpWorld()
    fed = await world.federation('ours')
  })
  afterAll(() => world.close())
  const refusal = async (code: string, name: string) => {
    const answer = await world.join(code, name)
    return [answer.statusCode, errorOf(answer).code]
  }
  const stateOf = async (id: string) => {
    const invites = (await world.call(routes.invites(fed), { token: world.admin })).json<Invite[]>()
    return invites.find((invite) => invite.id === id)?.state
  }

  it('admit one participant, whose token is its own', async () => {
    const { id, code } = await world.invite(fed)
    expect(await stateOf(id)).toBe('pending')
    const joined = (await world.join(code, 'hospital-a')).json<Joined>()
    expect(joined).toMatchObject({ name: 'hospital-a', role: 'institution', federation: fed, protocol: PROTOCOL_VERSION })
    const { token, protocol, ...me } = joined
    expect((await world.call(routes.me, { token })).json()).toEqual({ ...me, allowedActions: [] })
    expect(await stateOf(id)).toBe('used')
    expect(await refusal(code, 'hospital-b')).toEqual([410, 'invite_used'])
  })

  it('are typed as people type', async () => {
    const { code } = await world.invite(fed)
    expect((await world.join(` ${code.toLowerCase().replaceAll('-', ' ')} `, 'typist')).statusCode).toBe(200)
  })

  it('expire at their second', async () => {
    const [early, late] = [await world.invite(fed, { expiresInSeconds: 60 }), await world.invite(fed, { expiresInSeconds: 60 })]
    world.clock.now += 59_999
    expect((await world.join(early.code, 'early')).statusCode).toBe(200)
    world.clock.now += 1
    expect(await stateOf(late.id)).toBe('expired')
    expect(await refusal(late.code, 'late')).toEqual([410, 'invite_expired'])
  })

  it('can be revoked, unless they are used', async () => {
    const { id, code } = await world.invite(fed)
    const revoked = await world.call(routes.invite(id), { method: 'DELETE', token: world.admin })
    expect(revoked.json()).toMatchObject({ state: 'revoked', allowedActions: [] })
    expect(await refusal(code, 'revoked')).toEqual([410, 'invite_revoked'])
    const used = await world.invite(fed)
    await world.join(used.code, 'in-time')
    expect((await world.call(routes.invite(used.id), { method: 'DELETE', token: world.admin })).json()).toMatchObject({
      state: 'used',
    })
  })

  it('with a name admit that name only, and tell no other that they exist', async () => {
    const { code } = await world.invite(fed, { name: 'hospital-c' })
    expect(await refusal(code, 'hospital-d')).toEqual([404, 'invite_unknown'])
    expect((await world.join(code, 'hospital-c')).statusCode).toBe(200)
  })

  it('are refused when wrong, for another protocol, and for a name that is taken', async () => {
    expect(await refusal('AAAAAA-AAAAAA-AAAAAA-AAAAAA', 'guesser')).toEqual([404, 'invite_unknown'])
    const { code } = await world.invite(fed)
    const body = { protocol: PROTOCOL_VERSION + 1, code, name: 'modern' }
    const answer = await world.call(routes.join, { method: 'POST', body })
    expect([answer.statusCode, errorOf(answer).code]).toEqual([426, 'protocol_version_unsupported'])
    expect(await refusal(code, 'hospital-a')).toEqual([409, 'participant_name_taken'])
    expect((await world.join(code, 'hospital-e')).statusCode).toBe(200)
  })

  it('let one of two in that come at once', async () => {
    const { code } = await world.invite(fed)
    const answers = await Promise.all(['left', 'right'].map((name) => world.join(code, name)))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410])
    const participants = (await world.call(routes.participants(fed), { token: world.admin })).json<{ name: string }[]>()
    expect(participants.filter(({ name }) => name === 'left' || name === 'right')).toHaveLength(1)
  })

  it('never show a code or a hash again', async () => {
    const { code } = await world.invite(fed)
    const { body } = await world.call(routes.invites(fed), { token: world.admin })
    expect(body).not.toContain(code)
    expect(body.toLowerCase()).not.toContain('hash')
  })
})
