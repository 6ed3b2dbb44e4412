import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  type AdminAuditPage,
  type AuthProviders,
  type ErrorBody,
  type FederationId,
  routes,
  type User,
} from '@tributary/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ownPath } from './oidc-routes.ts'
import { cookieOf, type PeopleWorld, peopleWorld } from './testing/people-world.ts'

const CLIENT = { clientId: 'tributary', clientSecret: 'only for this test' }
const HERE = 'http://coordinator.test'
const PEOPLE = {
  ada: { email: 'Ada@example.org', email_verified: true },
  bob: { email: 'bob@example.org', email_verified: false },
  // Another person of the provider who claims the address of the first.
  mallory: { email: 'ada@example.org', email_verified: true },
  cleo: { email: 'cleo@example.org', email_verified: true, preferred_username: 'cleo' },
}

/** A browser without a screen: follows redirects, keeps cookies by host, fills in the provider's two forms. */
class Wanderer {
  readonly cookies = new Map<string, string>()

  async visit(url: string, form?: Record<string, string>): Promise<{ location: string | null; body: string }> {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    return { location: location === null ? null : new URL(location, url).href, body: await answer.text() }
  }

  /** From the provider's first address to the one that it sends the browser back to. */
  async signIn(start: string, login: string): Promise<string> {
    let next = await this.visit(start)
    for (let step = 0; step < 12; step += 1) {
      if (next.location?.startsWith(HERE)) return next.location
      if (next.location !== null) next = await this.visit(next.location)
      else {
        const action = /action="([^"]+)"/.exec(next.body)?.[1]
        const prompt = /name="prompt" value="([^"]+)"/.exec(next.body)?.[1]
        if (action === undefined || prompt === undefined) throw new Error(next.body)
        next = await this.visit(action, prompt === 'login' ? { prompt, login, password: 'any' } : { prompt })
      }
    }
    throw new Error('the provider sends us in circles')
  }
}

describe('single sign-on', () => {
  let provider: ChildProcess
  let issuer: string
  let world: PeopleWorld
  let fed: FederationId
  const worlds: PeopleWorld[] = []
  const options = (change: object = {}) => ({
    publicUrl: HERE,
    oidc: [{ id: 'oidc', name: 'Our provider', issuer, ...CLIENT, autoProvision: null, ...change }],
  })

  beforeAll(async () => {
    const script = fileURLToPath(new URL('./testing/oidc-provider-process.mjs', import.meta.url))
    const settings = { ...CLIENT, redirectUris: [`${HERE}${routes.oidcCallback('oidc')}`], people: PEOPLE }
    provider = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const line of createInterface({ input: provider.stdout ?? process.stdin })) {
      issuer = (JSON.parse(line) as { issuer: string }).issuer
      break
    }
    world = await peopleWorld({ accounts: options() })
    fed = await world.federation('ours')
  })
  afterEach(async () => {
    for (const one of worlds.splice(0)) await one.close()
  })
  afterAll(async () => {
    await world.close()
    provider.kill()
    await once(provider, 'exit')
  })

  const enrol = (name: string, singleSignOn: object) =>
    world.user({
      name,
      role: 'researcher',
      federation: fed,
      password: null,
      singleSignOn: { provider: 'oidc', ...singleSignOn } as never,
    })
  const start = async (at = world, query = '?return=/runs') => {
    const answer = await at.call(`${routes.oidcStart('oidc')}${query}`)
    const sso = answer.cookies.find(({ name }) => name === 'tributary_sso')
    return { answer, url: String(answer.headers.location), cookie: `tributary_sso=${sso?.value ?? ''}`, sso }
  }
  const back = (callback: string, cookie: string, at = world) => {
    const { pathname, search } = new URL(callback)
    return at.call(`${pathname}${search}`, { headers: { cookie } })
  }
  /** The whole way. */
  const signIn = async (login: string, at = world) => {
    const { url, cookie } = await start(at)
    return back(await new Wanderer().signIn(url, login), cookie, at)
  }
  const me = async (answer: Awaited<ReturnType<typeof signIn>>, at = world) =>
    (await at.call(routes.session, { headers: { cookie: `tributary_session=${cookieOf(answer)?.value ?? ''}` } })).json<
      { name: string; role: string } & ErrorBody
    >()

  it('is offered, and asks the provider with PKCE, state and nonce', async () => {
    expect((await world.call(routes.authProviders)).json<AuthProviders>()).toEqual({
      password: true,
      oidc: [{ id: 'oidc', name: 'Our provider' }],
    })
    const { answer, url, sso } = await start()
    expect(answer.statusCode).toBe(303)
    const asked = new URL(url)
    expect(asked.origin).toBe(issuer)
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: CLIENT.clientId,
      redirect_uri: `${HERE}${routes.oidcCallback('oidc')}`,
      state: expect.stringMatching(/.{20}/),
      nonce: expect.stringMatching(/.{20}/),
      code_challenge: expect.stringMatching(/.{40}/),
    })
    // Lax: the provider sends the browser back from another site.
    expect(sso).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/api/v1/auth/oidc', maxAge: 600 })
    expect((await world.call(routes.oidcStart('other'))).statusCode).toBe(404)
  })

  it('admits who is enrolled by a verified address, and from then on by the subject alone', async () => {
    await enrol('ada', { email: 'ADA@example.org' })
    const first = await signIn('ada')
    expect([first.statusCode, first.headers.location]).toEqual([303, '/runs'])
    expect(cookieOf(first)).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
    expect(await me(first)).toMatchObject({ name: 'ada', role: 'researcher', hasPassword: false, mustChangePassword: false })
    expect(await me(await signIn('ada'))).toMatchObject({ name: 'ada' })
    // Somebody else with the same address at the provider does not become her.
    expect((await signIn('mallory')).headers.location).toBe('/sign-in?error=oidc_not_enrolled')
    const users = (await world.call(routes.users, { token: world.admin })).json<User[]>()
    expect(users.find(({ name }) => name === 'ada')).toMatchObject({ singleSignOn: { provider: 'oidc', state: 'linked' } })
    const { entries } = (await world.call(routes.audit, { token: world.admin })).json<AdminAuditPage>()
    expect(entries.find(({ action }) => action === 'session.start')).toMatchObject({ name: 'ada', details: { with: 'oidc' } })
  })

  it('admits nobody by an address that the provider has not verified, nor who is not enrolled', async () => {
    await enrol('bob', { email: 'bob@example.org' })
    for (const login of ['bob', 'cleo']) {
      const answer = await signIn(login)
      expect(answer.headers.location).toBe('/sign-in?error=oidc_not_enrolled')
      expect(cookieOf(answer)).toBeUndefined()
    }
  })

  it('admits who is enrolled by the subject, until the account is disabled', async () => {
    const { account } = await enrol('cleo-here', { subject: 'cleo' })
    expect(await me(await signIn('cleo'))).toMatchObject({ name: 'cleo-here' })
    await world.call(routes.user(account), { method: 'PATCH', token: world.admin, body: { disabled: true } })
    expect((await signIn('cleo')).headers.location).toBe('/sign-in?error=account_disabled')
  })

  it('fails for a code of another browser, another state, or a second time', async () => {
    const { url, cookie } = await start()
    const callback = await new Wanderer().signIn(url, 'ada')
    const failed = '/sign-in?error=oidc_failed'
    expect((await back(callback, '')).headers.location).toBe(failed)
    expect((await back(callback, (await start()).cookie)).headers.location).toBe(failed)
    expect((await back(callback, cookie)).headers.location).toBe('/runs')
    expect((await back(callback, cookie)).headers.location).toBe(failed)
    for (const [field, value] of [
      ['state', 'another'],
      ['code', 'another'],
      ['iss', 'https://evil.example'],
    ] as const) {
      const fresh = await start()
      const forged = new URL(await new Wanderer().signIn(fresh.url, 'ada'))
      forged.searchParams.set(field, value)
      expect((await back(forged.href, fresh.cookie)).headers.location, field).toBe(failed)
    }
    const refused = await start()
    const { state } = Object.fromEntries(new URL(refused.url).searchParams)
    const denial = `${HERE}${routes.oidcCallback('oidc')}?error=access_denied&state=${state}&iss=${encodeURIComponent(issuer)}`
    expect((await back(denial, refused.cookie)).headers.location).toBe(failed)
  })

  it('fails when it took too long', async () => {
    const { url, cookie } = await start()
    const callback = await new Wanderer().signIn(url, 'ada')
    world.clock.now += 600_000
    expect((await back(callback, cookie)).headers.location).toBe('/sign-in?error=oidc_failed')
  })

  it('makes accounts by itself only where that is set, with the set role', async () => {
    const plain = await peopleWorld({ accounts: options() })
    worlds.push(plain)
    const place = await plain.federation('auto')
    // The federation is known only now; a second coordinator's settings name it.
    const auto = { autoProvision: { role: 'researcher', federation: place } }
    const own = await peopleWorld({ accounts: options(auto) })
    worlds.push(own)
    await own.coordinator.store.createFederation({ id: place, name: 'auto', createdAt: new Date(own.clock.now) })
    expect(await me(await signIn('cleo', own), own)).toMatchObject({
      name: 'cleo@example.org',
      role: 'researcher',
      federation: place,
    })
    expect(await me(await signIn('cleo', own), own)).toMatchObject({ name: 'cleo@example.org' })
    expect(await me(await signIn('bob', own), own)).toMatchObject({ name: expect.stringMatching(/^oidc-[0-9a-f]{12}$/) })
    expect((await own.call(routes.users, { token: own.admin })).json<User[]>()).toHaveLength(2)
  })

  it('says that a provider is away, or is not the one that was set, and comes back with it', async () => {
    const away = await peopleWorld({ accounts: options({ issuer: 'http://127.0.0.1:9' }) })
    worlds.push(away)
    expect((await start(away)).url).toBe('/sign-in?error=oidc_unavailable')
    expect((await away.attempt('nobody', 'by password still')).statusCode).toBe(401)
    const other = await peopleWorld({ accounts: options({ issuer: `${issuer}/realm` }) })
    worlds.push(other)
    expect((await start(other)).url).toMatch(/^\/sign-in\?error=oidc_(failed|unavailable)$/)
    await expect(peopleWorld({ accounts: options({ issuer: 'http://provider.example' }) })).rejects.toMatchObject({
      code: 'config_invalid',
    })
  })

  it('sends nobody to another site afterwards', () => {
    for (const path of ['/', '/runs?q=1#x', '/federations/fed_1']) expect(ownPath(path)).toBe(path)
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '',
      'runs',
      '/\t/evil.example',
      '/..//evil.example',
    ])
      expect(ownPath(path), path).toBe('/')
  })
})
