import { CSRF_HEADER, type ErrorBody, routes, type Session } from '@tributary/protocol'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { hashSecret } from '../access/tokens.ts'
import { errorOf } from '../testing/http-world.ts'
import { cookieOf, onBothDatabases, PASSWORD, type PeopleWorld } from './testing/people-world.ts'

const SECOND = 1_000
const CREATE = { method: 'POST' as const, body: { name: 'made by cookie' } }

onBothDatabases('sessions', (start) => {
  let world: PeopleWorld
  beforeAll(async () => {
    world = await start({ accounts: { idleSeconds: 600, sessionSeconds: 3_600 } })
  })
  afterAll(() => world.close())
  const later = (seconds: number) => {
    world.clock.now += seconds * SECOND
  }
  const codeOf = (answer: { json: <T>() => T; statusCode: number }) => [answer.statusCode, answer.json<ErrorBody>().code]

  it('begin with name and password, in a cookie that no script reads', async () => {
    await world.user({ name: 'Lin Wei'.replace(' ', '.'), role: 'admin' })
    const answer = await world.attempt('LIN.WEI', PASSWORD)
    expect(answer.json()).toMatchObject({
      name: 'lin.wei',
      role: 'admin',
      federation: null,
      participant: null,
      mustChangePassword: false,
      hasPassword: true,
      allowedActions: ['createFederation', 'manageUsers', 'readAudit', 'manageTokens', 'changePassword'],
      expiresAt: new Date(world.clock.now + 600 * SECOND).toISOString(),
    })
    expect(cookieOf(answer)).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 3_600 })
    expect(cookieOf(answer)?.secure).toBeUndefined()
    expect(answer.headers['cache-control']).toBe('no-store')
    const value = cookieOf(answer)?.value ?? ''
    expect(value).toMatch(/^[\w-]{43}$/)
    // At rest there is a hash only, and the token against forgery is neither stored nor the cookie.
    const { people } = world.coordinator.store
    expect((await people.session(hashSecret(value)))?.user.name).toBe('lin.wei')
    expect(await people.session(value)).toBeNull()
    expect(answer.json<Session>().csrf).not.toContain(value)
    const again = await world.call(routes.session, { headers: { cookie: `tributary_session=${value}` } })
    expect(again.json()).toEqual(answer.json())
  })

  it('carry secure cookies where people come by https', async () => {
    const secure = await start({ accounts: { publicUrl: 'https://fl.example.org' } })
    await secure.user({ name: 'ada', role: 'admin' })
    expect(cookieOf(await secure.attempt('ada', PASSWORD))).toMatchObject({ secure: true, sameSite: 'Strict' })
    expect((await secure.attempt('ada', PASSWORD, { origin: 'https://fl.example.org' })).statusCode).toBe(200)
    expect((await secure.attempt('ada', PASSWORD, { origin: 'https://evil.example.org' })).statusCode).toBe(403)
    await secure.close()
  })

  it('answer an unknown name, a wrong password and one that has none alike', async () => {
    const sso = await world.user({ name: 'sso-only', role: 'admin', password: null })
    expect(sso).toMatchObject({ hasPassword: false, password: null })
    const answers = await Promise.all([
      world.attempt('nobody-of-this-name', PASSWORD),
      world.attempt('lin.wei', 'not the right password'),
      world.attempt('sso-only', PASSWORD),
      world.attempt('no name\u0000 at all \ud800', PASSWORD),
    ])
    for (const answer of answers) {
      expect(answer.json()).toEqual(answers[0]?.json())
      expect(answer.statusCode).toBe(401)
      expect(errorOf(answer).code).toBe('credentials_wrong')
      expect(answer.cookies).toEqual([])
    }
  })

  it('change things only with the token of this very session', async () => {
    const [mine, other] = [await world.person('admin', null), await world.person('admin', null)]
    const bare = { headers: { cookie: mine.cookie } }
    expect(codeOf(await world.call(routes.federations, { ...CREATE, ...bare }))).toEqual([403, 'csrf_missing'])
    for (const stolen of [other.session.csrf, '', `${mine.session.csrf}x`, mine.cookie.slice(18)])
      expect(codeOf(await mine.call(routes.federations, { ...CREATE, headers: { [CSRF_HEADER]: stolen } }))).toEqual([
        403,
        'csrf_missing',
      ])
    expect((await mine.call(routes.federations, { ...CREATE, body: { name: 'by cookie' } })).statusCode).toBe(200)
    // Reading needs none, and a token in the header needs none either.
    expect((await world.call(routes.federations, bare)).statusCode).toBe(200)
    const bearer = { ...CREATE, body: { name: 'by token' }, token: world.admin, headers: { origin: 'https://evil.example' } }
    expect((await world.call(routes.federations, bearer)).statusCode).toBe(200)
  })

  it('refuse calls from pages of other origins, though all else is right', async () => {
    const mine = await world.person('admin', null)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:81' },
      { origin: 'http://localhost:80', 'sec-fetch-site': 'cross-site' },
      { origin: 'http://localhost:80', 'sec-fetch-site': 'same-site' },
    ]) {
      expect(codeOf(await mine.call(routes.federations, { ...CREATE, headers })), JSON.stringify(headers)).toEqual([
        403,
        'origin_refused',
      ])
      expect(codeOf(await world.attempt(mine.session.name, PASSWORD, headers))).toEqual([403, 'origin_refused'])
      expect(codeOf(await mine.call(routes.session, { method: 'DELETE', headers }))).toEqual([403, 'origin_refused'])
    }
    expect((await mine.call(routes.session)).statusCode).toBe(200)
  })

  it('rotate at each sign-in: the id of before is worth nothing', async () => {
    const first = await world.person('researcher', await world.federation('rotation'))
    const second = world.browser(await world.attempt(first.session.name, PASSWORD, { cookie: first.cookie }))
    expect(second.cookie).not.toBe(first.cookie)
    expect(codeOf(await first.call(routes.me))).toEqual([401, 'session_expired'])
    expect((await second.call(routes.me)).statusCode).toBe(200)
    // An id that somebody planted in the browser is never taken over.
    const planted = `tributary_session=${'A'.repeat(43)}`
    expect(world.browser(await world.attempt(first.session.name, PASSWORD, { cookie: planted })).cookie).not.toBe(planted)
  })

  it('end when idle, and in any case after their time', async () => {
    const idle = await world.person('admin', null)
    later(599)
    expect((await idle.call(routes.me)).statusCode).toBe(200)
    later(599)
    expect((await idle.call(routes.me)).statusCode).toBe(200)
    later(600)
    expect(codeOf(await idle.call(routes.me))).toEqual([401, 'session_expired'])
    const answer = await idle.call(routes.session)
    expect([answer.statusCode, cookieOf(answer)?.value]).toEqual([401, ''])
    const busy = await world.person('admin', null)
    for (let n = 0; n < 6; n += 1) {
      later(590)
      expect((await busy.call(routes.me)).statusCode).toBe(200)
    }
    later(60)
    expect(codeOf(await busy.call(routes.me))).toEqual([401, 'session_expired'])
    later(1)
    await world.coordinator.accounts.purge()
    expect(await world.coordinator.store.people.session(hashSecret(busy.cookie.slice(18)))).toBeNull()
  })

  it('end with signing out', async () => {
    const mine = await world.person('admin', null)
    const answer = await mine.call(routes.session, { method: 'DELETE' })
    expect([answer.statusCode, cookieOf(answer)?.value]).toEqual([200, ''])
    expect(codeOf(await mine.call(routes.me))).toEqual([401, 'session_expired'])
    expect(codeOf(await world.call(routes.session))).toEqual([401, 'unauthenticated'])
    expect(codeOf(await world.call(routes.session, { method: 'DELETE', token: world.admin }))).toEqual([400, 'bad_request'])
  })

  it('all end when the password changes, and this browser goes on with a new one', async () => {
    const mine = await world.person('admin', null)
    const elsewhere = await world.signIn(mine.session.name)
    const change = (old: string, fresh: string) =>
      mine.call(routes.sessionPassword, { method: 'POST', body: { old, new: fresh } })
    expect(codeOf(await change('wrong, wrong, wrong', 'a new long password'))).toEqual([401, 'credentials_wrong'])
    for (const weak of ['short', mine.session.name.padEnd(12, ' '), 'aaaaaaaaaaaaaa', 'passpasspasspass', PASSWORD])
      expect(codeOf(await change(PASSWORD, weak)), weak).toEqual([422, 'password_weak'])
    expect((await elsewhere.call(routes.me)).statusCode).toBe(200)
    const next = world.browser(await change(PASSWORD, 'a new long password'))
    expect(codeOf(await elsewhere.call(routes.me))).toEqual([401, 'session_expired'])
    expect(codeOf(await mine.call(routes.me))).toEqual([401, 'session_expired'])
    expect((await next.call(routes.me)).statusCode).toBe(200)
    expect((await world.attempt(mine.session.name, PASSWORD)).statusCode).toBe(401)
    expect((await world.attempt(mine.session.name, 'a new long password')).statusCode).toBe(200)
  })

  it.each([
    ['the password changes', { passwordHash: 'another' }],
    ['the account is disabled', { disabledAt: new Date(0) }],
  ])('do not begin when %s while the password is checked', async (_, change) => {
    const mine = await world.person('admin', null)
    const { name, account } = mine.session
    const { passwords, store } = world.coordinator.accounts
    const verify = passwords.verify.bind(passwords)
    const changed = vi.spyOn(passwords, 'verify').mockImplementationOnce(async (...args) => {
      const right = await verify(...args)
      expect(right).toBe(true)
      await store.people.changeUser(account, change, null, null)
      return right
    })
    const answer = await world.attempt(name, PASSWORD)
    changed.mockRestore()
    expect([codeOf(answer), answer.cookies]).toEqual([[401, 'credentials_wrong'], []])
    expect(codeOf(await mine.call(routes.me))).toEqual([401, 'session_expired'])
  })

  it('let nobody do anything with a password that somebody else chose, but change it', async () => {
    const { name, password } = await world.user({ name: 'newcomer', role: 'admin', password: undefined })
    expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
    const mine = await world.signIn(name, password ?? '')
    expect(mine.session).toMatchObject({ mustChangePassword: true, allowedActions: ['changePassword'] })
    expect(codeOf(await mine.call(routes.me))).toEqual([403, 'password_change_required'])
    expect(codeOf(await mine.call(routes.federations, CREATE))).toEqual([403, 'password_change_required'])
    const changed = await mine.call(routes.sessionPassword, { method: 'POST', body: { old: password, new: PASSWORD } })
    expect(changed.json()).toMatchObject({ mustChangePassword: false })
    expect((await world.browser(changed).call(routes.me)).statusCode).toBe(200)
  })

  it('lock an account for longer with each failure, by name, over a restart, and tell nothing by it', async () => {
    later(4_000)
    const { name, account } = await world.user({ name: 'locked', role: 'admin' })
    const fail = (who: string) => world.attempt(who, 'not the right password')
    for (const who of [name, 'nobody-there']) {
      for (let n = 0; n < 5; n += 1) expect(codeOf(await fail(who))).toEqual([401, 'credentials_wrong'])
      const locked = await world.attempt(who, PASSWORD)
      expect(codeOf(locked)).toEqual([429, 'account_locked'])
      expect(locked.headers['retry-after']).toBe('30')
    }
    const listed = async () =>
      (await world.call(routes.users, { token: world.admin }))
        .json<{ account: string; lockedUntil: string | null }[]>()
        .find((one) => one.account === account)?.lockedUntil
    expect(await listed()).toBe(new Date(world.clock.now + 30 * SECOND).toISOString())
    later(30)
    expect(codeOf(await fail(name))).toEqual([401, 'credentials_wrong'])
    expect(errorOf(await world.attempt(name, PASSWORD)).details).toEqual({ retryAfter: 60 })
    later(60)
    expect((await world.attempt(name, PASSWORD)).statusCode).toBe(200)
    expect(await listed()).toBeNull()
    for (let n = 0; n < 4; n += 1) expect(codeOf(await fail(name))).toEqual([401, 'credentials_wrong'])
    expect((await world.attempt(name, PASSWORD)).statusCode).toBe(200)
  })

  it('lock an address that tries many names', async () => {
    later(4_000)
    for (let n = 0; n < 20; n += 1) await world.attempt(`guess-${n}`, 'password of many people')
    const { name } = await world.user({ name: 'innocent', role: 'admin' })
    expect(codeOf(await world.attempt(name, PASSWORD))).toEqual([429, 'address_locked'])
    later(30)
    expect((await world.attempt(name, PASSWORD)).statusCode).toBe(200)
  })
})
