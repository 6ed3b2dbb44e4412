import {
  type AdminAuditEntry,
  type AdminAuditPage,
  type ErrorBody,
  type FederationId,
  type NewToken,
  routes,
  type Token,
  type User,
} from '@tributary/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashSecret } from '../access/tokens.ts'
import { type Call, someRunRequest } from '../testing/http-world.ts'
import { type Browser, onBothDatabases, PASSWORD, type PeopleWorld } from './testing/people-world.ts'

const post = (body: unknown): Call => ({ method: 'POST', body })
const patch = (body: unknown): Call => ({ method: 'PATCH', body })

onBothDatabases('people', (start) => {
  let world: PeopleWorld
  let fed: FederationId
  let other: FederationId
  let admin: Browser
  let local: Browser
  beforeAll(async () => {
    world = await start()
    fed = await world.federation('ours')
    other = await world.federation('theirs')
    admin = await world.person('admin', null)
    local = await world.person('admin', fed)
  })
  afterAll(() => world.close())
  const code = (answer: { json: <T>() => T; statusCode: number }) => [answer.statusCode, answer.json<ErrorBody>().code]
  const log = async (who = admin, query = '?limit=1000') => (await who.call(`${routes.audit}${query}`)).json<AdminAuditPage>()
  const newest = async (): Promise<AdminAuditEntry | undefined> => (await log()).entries[0]

  it('are created by admins, where these rule', async () => {
    const inOurs = { name: 'mei', role: 'researcher', federation: fed }
    expect((await local.call(routes.users, post(inOurs))).json()).toMatchObject({
      name: 'mei',
      state: 'active',
      mustChangePassword: true,
    })
    expect(code(await local.call(routes.users, post({ ...inOurs, name: 'Mei' })))).toEqual([409, 'account_name_taken'])
    expect(code(await local.call(routes.users, post({ ...inOurs, name: 'li', federation: other })))).toEqual([404, 'not_found'])
    expect(code(await local.call(routes.users, post({ name: 'li', role: 'admin' })))).toEqual([403, 'forbidden'])
    expect(code(await admin.call(routes.users, post({ name: 'li', role: 'researcher' })))).toEqual([400, 'bad_request'])
    expect(code(await admin.call(routes.users, post({ ...inOurs, name: 'li', password: 'short' })))).toEqual([
      422,
      'password_weak',
    ])
    const member = await world.member(fed, 'institution', 'alder')
    const { participant } = (await world.call(routes.me, { token: member })).json<{ participant: string }>()
    const asInstitution = { name: 'alder-person', role: 'institution', federation: fed, participant, password: PASSWORD }
    expect(code(await admin.call(routes.users, post({ ...asInstitution, federation: other })))).toEqual([404, 'not_found'])
    expect(code(await admin.call(routes.users, post({ ...asInstitution, role: 'researcher' })))).toEqual([400, 'bad_request'])
    expect((await admin.call(routes.users, post({ ...asInstitution, mustChangePassword: false }))).json()).toMatchObject({
      participant,
    })
    // A person watches its institution and never takes part in its place.
    const person = await world.signIn('alder-person')
    expect((await person.call(routes.me)).json()).toMatchObject({ role: 'institution', participant })
    expect(code(await person.call(routes.party(fed), { method: 'PUT', body: {} }))).toEqual([400, 'bad_request'])
    const listed = (await local.call(routes.users)).json<User[]>()
    expect(new Set(listed.map(({ federation }) => federation))).toEqual(new Set([fed]))
    expect((await admin.call(routes.users)).json<User[]>().length).toBeGreaterThan(listed.length)
  })

  it('are disabled while signed in, and enabled again', async () => {
    const mine = await world.person('researcher', fed)
    const { account, name } = mine.session
    const token = (await mine.call(routes.tokens, post({ name: 'script' }))).json<NewToken>().token
    expect((await world.call(routes.me, { token })).statusCode).toBe(200)
    expect((await local.call(routes.user(account), patch({ disabled: true }))).json()).toMatchObject({
      state: 'disabled',
      allowedActions: ['changeRole', 'enable', 'resetPassword'],
    })
    expect(code(await local.call(routes.user(account), patch({ disabled: true })))).toEqual([409, 'account_in_state'])
    expect(code(await mine.call(routes.me))).toEqual([401, 'session_expired'])
    expect(code(await world.call(routes.me, { token }))).toEqual([403, 'account_disabled'])
    // Only who knows the password hears that the account is disabled.
    expect(code(await world.attempt(name, PASSWORD))).toEqual([403, 'account_disabled'])
    expect(code(await world.attempt(name, 'some other password'))).toEqual([401, 'credentials_wrong'])
    await admin.call(routes.user(account), patch({ disabled: false }))
    expect((await world.signIn(name)).session.account).toBe(account)
    expect((await world.call(routes.me, { token })).statusCode).toBe(200)
  })

  it('get another role, and their sessions end', async () => {
    const mine = await world.person('researcher', fed)
    const { account } = mine.session
    expect(code(await mine.call(routes.users))).toEqual([403, 'forbidden'])
    expect((await local.call(routes.user(account), patch({ role: 'admin' }))).json()).toMatchObject({ role: 'admin' })
    expect(code(await mine.call(routes.users))).toEqual([401, 'session_expired'])
    expect((await (await world.signIn(mine.session.name)).call(routes.users)).statusCode).toBe(200)
    expect(code(await local.call(routes.user(admin.session.account), patch({ disabled: true })))).toEqual([404, 'not_found'])
    expect(code(await admin.call(routes.user(admin.session.account), patch({ disabled: true })))).toEqual([409, 'own_account'])
    expect(code(await admin.call(routes.user(account), patch({})))).toEqual([400, 'bad_request'])
  })

  it('get a fresh password, which ends a lock and is to be changed', async () => {
    const mine = await world.person('researcher', fed)
    const { account, name } = mine.session
    for (let n = 0; n < 5; n += 1) await world.attempt(name, 'forgotten password')
    expect(code(await world.attempt(name, PASSWORD))).toEqual([429, 'account_locked'])
    expect((await newest())?.action).toBe('session.locked')
    const { password } = (await admin.call(routes.user(account), patch({ resetPassword: true }))).json<{ password: string }>()
    expect(code(await mine.call(routes.me))).toEqual([401, 'session_expired'])
    expect((await world.signIn(name, password)).session.mustChangePassword).toBe(true)
    expect(JSON.stringify(await log())).not.toContain(password)
  })

  it('have tokens of their own, which expire and can be revoked', async () => {
    const mine = await world.person('researcher', fed)
    const created = (await mine.call(routes.tokens, post({ name: 'nightly', expiresInSeconds: 3_600 }))).json<NewToken>()
    expect(created).toMatchObject({ name: 'nightly', state: 'active', allowedActions: ['revoke'], account: mine.session.account })
    expect(created.token).toMatch(/^trb_p_[\w-]{43}$/)
    const { token, ...shown } = created
    expect((await world.coordinator.store.people.tokenByHash(hashSecret(token)))?.token.id).toBe(created.id)
    expect((await world.call(routes.me, { token })).json()).toMatchObject({ name: mine.session.name, allowedActions: [] })
    const run = await world.call(routes.federationRuns(fed), { ...post(someRunRequest), token })
    expect(run.json()).toMatchObject({ createdBy: mine.session.name })
    // A token makes no tokens and changes no password.
    for (const [url, call] of [
      [routes.tokens, post({ name: 'child' })],
      [routes.tokens, {}],
      [routes.token(created.id), { method: 'DELETE' }],
      [routes.sessionPassword, post({ old: PASSWORD, new: 'another long one' })],
    ] as const)
      expect(code(await world.call(url, { ...call, token })), url).toEqual([403, 'forbidden'])
    expect(code(await world.call(routes.tokens, { ...post({ name: 'for a program' }), token: world.admin }))).toEqual([
      403,
      'forbidden',
    ])
    expect((await mine.call(routes.tokens)).json<Token[]>()).toEqual([
      { ...shown, lastUsedAt: new Date(world.clock.now).toISOString() },
    ])
    const stranger = await world.person('researcher', fed)
    expect(code(await stranger.call(routes.token(created.id), { method: 'DELETE' }))).toEqual([404, 'not_found'])
    expect(code(await stranger.call(`${routes.tokens}?account=${mine.session.account}`))).toEqual([404, 'not_found'])
    expect((await local.call(`${routes.tokens}?account=${mine.session.account}`)).json()).toHaveLength(1)
    expect((await local.call(routes.token(created.id), { method: 'DELETE' })).json()).toMatchObject({
      state: 'revoked',
      allowedActions: [],
    })
    expect(code(await world.call(routes.me, { token }))).toEqual([401, 'token_expired'])
    const short = (await mine.call(routes.tokens, post({ name: 'short', expiresInSeconds: 60 }))).json<NewToken>()
    world.clock.now += 60_000
    expect(code(await world.call(routes.me, { token: short.token }))).toEqual([401, 'token_expired'])
    expect(code(await world.call(routes.me, { token: `trb_p_${'A'.repeat(43)}` }))).toEqual([401, 'unauthenticated'])
  })

  it('leave a gapless log of what they did and what was refused, without a secret', async () => {
    const mine = await world.person('researcher', fed)
    const { account, name } = mine.session
    const by = { account, name, by: 'session', address: '127.0.0.1', federation: fed }
    expect(await newest()).toMatchObject({
      ...by,
      action: 'session.start',
      target: account,
      details: { with: 'password' },
      result: 'done',
    })
    const run = (await mine.call(routes.federationRuns(fed), post({ ...someRunRequest, name: 'audited' }))).json<{ id: string }>()
    expect(await newest()).toMatchObject({
      ...by,
      action: 'run.create',
      target: run.id,
      details: { name: 'audited', start: false },
      result: 'done',
      code: null,
    })
    const cancel = { action: 'cancel', reason: 'enough', idempotencyKey: `key-${run.id}` }
    await mine.call(routes.runActions(run.id), post(cancel))
    expect(await newest()).toMatchObject({ ...by, action: 'run.action', target: run.id, details: cancel, result: 'done' })
    await mine.call(routes.runActions(run.id), post({ ...cancel, action: 'pause', idempotencyKey: `else-${run.id}` }))
    expect(await newest()).toMatchObject({
      ...by,
      action: 'run.action',
      target: run.id,
      result: 'refused',
      code: 'action_not_allowed',
    })
    await mine.call(routes.invites(fed), post({ role: 'admin' }))
    expect(await newest()).toMatchObject({
      ...by,
      action: 'invite.create',
      result: 'refused',
      code: 'forbidden',
      details: { role: 'admin' },
    })
    const invite = (await local.call(routes.invites(fed), post({ name: 'birch' }))).json<{ id: string; code: string }>()
    expect(await newest()).toMatchObject({
      action: 'invite.create',
      target: invite.id,
      federation: fed,
      details: { name: 'birch' },
    })
    await local.call(routes.invite(invite.id), { method: 'DELETE' })
    expect(await newest()).toMatchObject({ action: 'invite.revoke', target: invite.id, federation: fed, result: 'done' })
    await world.call(routes.federations, { ...post({ name: 'audited federation' }), token: world.admin })
    expect(await newest()).toMatchObject({
      action: 'federation.create',
      by: 'token',
      name: 'admin',
      details: { name: 'audited federation' },
    })
    await mine.call(routes.user(account), patch({ role: 'admin' }))
    expect(await newest()).toMatchObject({
      ...by,
      action: 'user.change',
      result: 'refused',
      code: 'forbidden',
      details: { role: 'admin' },
    })

    const { headSeq, entries } = await log()
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: headSeq }, (_, index) => headSeq - index))
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['user.create', 'user.change', 'token.create', 'token.revoke']),
    )
    const text = JSON.stringify(entries)
    for (const secret of [PASSWORD, invite.code, mine.session.csrf, mine.cookie.slice(18), 'argon2id', 'trb_'])
      expect(text, secret).not.toContain(secret)
    const page = await log(admin, '?limit=3&before=5')
    expect(page.entries.map(({ seq }) => seq)).toEqual([4, 3, 2])
    expect((await log(local)).entries.every(({ federation }) => federation === fed)).toBe(true)
    expect(code(await mine.call(routes.audit))).toEqual([403, 'forbidden'])
  })

  it('tell nobody that all is well when the log cannot be written', async () => {
    const { people } = world.coordinator.store
    const { addAudit } = people
    people.addAudit = () => Promise.reject(new Error('the disk is full'))
    try {
      const answer = await world.call(routes.federations, { ...post({ name: 'unwritten' }), token: world.admin })
      expect(code(answer)).toEqual([500, 'internal'])
      expect(answer.body).not.toContain('the disk is full')
    } finally {
      people.addAudit = addAudit
    }
    expect((await world.call(routes.federations, { token: world.admin })).body).toContain('unwritten')
    expect((await log()).entries.every(({ details }) => details.name !== 'unwritten')).toBe(true)
  })

  it('cannot fill the log with refusals', async () => {
    const mine = await world.person('researcher', fed)
    const before = (await log()).headSeq
    for (let n = 0; n < 110; n += 1) await mine.call(routes.invites(fed), post({}))
    expect((await log()).headSeq - before).toBe(100)
  })
})
