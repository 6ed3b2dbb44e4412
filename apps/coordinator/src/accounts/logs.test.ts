import { Writable } from 'node:stream'
import { type NewToken, routes } from '@tributary/protocol'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { PASSWORD, peopleWorld } from './testing/people-world.ts'

it('holds no password, cookie or token of people at any level, also when a request breaks', async () => {
  let log = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk)
      done()
    },
  })
  const oidc = [
    { id: 'oidc', name: 'away', issuer: 'http://127.0.0.1:9', clientId: 'c', clientSecret: 'client secret', autoProvision: null },
  ]
  const world = await peopleWorld({ logger: pino({ level: 'trace' }, sink), accounts: { oidc } })
  const me = await world.person('admin', null)
  const { token } = (await me.call(routes.tokens, { method: 'POST', body: { name: 'script' } })).json<NewToken>()
  await world.attempt(me.session.name, 'a wrong password')
  await world.call(routes.oidcStart('oidc'))
  await me.call(routes.sessionPassword, { method: 'POST', body: { old: PASSWORD, new: 'short one' } })
  const { people } = world.coordinator.store
  people.users = () => Promise.reject(new Error('broken'))
  people.userByName = () => Promise.reject(new Error('broken'))
  expect((await me.call(routes.users)).statusCode).toBe(500)
  expect((await world.call(routes.users, { token })).statusCode).toBe(500)
  expect((await world.attempt(me.session.name, PASSWORD)).statusCode).toBe(500)
  await world.close()
  expect(log).toContain('a request broke')
  expect(log).toContain('a single sign-on failed')
  const cookie = me.cookie.slice(me.cookie.indexOf('=') + 1)
  for (const secret of [
    PASSWORD,
    'a wrong password',
    'short one',
    cookie,
    me.session.csrf,
    token,
    'client secret',
    'argon2id',
    'trb_',
  ])
    expect(log.includes(secret), secret).toBe(false)
})
