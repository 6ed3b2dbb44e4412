import { type FederationId, routes } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, type HttpWorld, httpWorld, someRunRequest } from '../testing/http-world.ts'

describe('refusals', () => {
  let world: HttpWorld
  let fed: FederationId
  beforeAll(async () => {
    world = await httpWorld()
    fed = await world.federation('ours')
  })
  afterAll(() => world.close())
  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    world.call(url, { method: 'POST', token: world.admin, body, headers })

  it('name the fields that do not fit', async () => {
    const answer = await post(routes.federationRuns(fed), {
      ...someRunRequest,
      config: { ...someRunRequest.config, rounds: -1 },
      surprise: 1,
    })
    expect(answer.statusCode).toBe(400)
    const { code, message, details } = errorOf(answer)
    expect(code).toBe('bad_request')
    expect(details.issues).toContain('config.rounds')
    expect(message).toContain('surprise')
    const query = await world.call(`${routes.runs}?federation=nonsense`, { token: world.admin })
    expect([query.statusCode, errorOf(query).details.issues]).toEqual([400, expect.stringContaining('federation')])
    const path = await world.call(routes.run('nonsense'), { token: world.admin })
    expect([path.statusCode, errorOf(path).details.issues]).toEqual([400, expect.stringContaining('run')])
  })

  it.each([
    ['{"name": ', 'application/json'],
    ['', 'application/json'],
    ['{"__proto__": {"role": "admin"}, "name": "x"}', 'application/json'],
  ])('take a body that is no object of ours for a bad request: %s', async (body, type) => {
    const answer = await post(routes.federations, body, { 'content-type': type })
    expect([answer.statusCode, errorOf(answer).code]).toEqual([400, 'bad_request'])
  })

  it('know another media type and a body that is too large', async () => {
    const xml = await post(routes.federations, '<name/>', { 'content-type': 'application/xml' })
    expect(xml.statusCode).toBe(415)
    expect(errorOf(xml)).toMatchObject({ code: 'unsupported_media_type', details: { actual: 'application/xml' } })
    const large = await post(routes.federations, { name: 'x'.repeat(1 << 20) })
    expect(large.statusCode).toBe(413)
    expect(errorOf(large)).toMatchObject({ code: 'body_too_large', details: { limit: 1 << 20 } })
  })

  it.each(['/api/v1/nothing', '/api/v1/runs/%zz', `/api/v1/runs/${'r'.repeat(300)}`, '/../../etc/passwd'])(
    'have one shape for an address that leads nowhere: %s',
    async (url) => {
      const answer = await world.call(url, { token: world.admin })
      expect([400, 404, 414]).toContain(answer.statusCode)
      expect(Object.keys(errorOf(answer)).sort()).toEqual([
        'code',
        'details',
        'message',
        'nextStep',
        'party',
        'phase',
        'retryable',
      ])
      expect(['bad_request', 'not_found']).toContain(errorOf(answer).code)
    },
  )

  it('say what is wrong in Chinese to those who read it', async () => {
    const of = async (language: string) => errorOf(await world.call(routes.me, { headers: { 'accept-language': language } }))
    expect(await of('zh-CN,zh;q=0.9,en;q=0.8')).toMatchObject({ code: 'unauthenticated', message: '没有有效的令牌。' })
    expect((await of('en,zh;q=0.5')).message).toBe('No valid token came with this call.')
    expect((await of('de')).message).toBe('No valid token came with this call.')
  })

  it('tell nothing of what broke inside but a reference', async () => {
    const broken = world.coordinator.store.federations
    world.coordinator.store.federations = () => Promise.reject(new Error('disk /secret/path is gone'))
    const answer = await world.call(routes.federations, { token: world.admin })
    world.coordinator.store.federations = broken
    expect(answer.statusCode).toBe(500)
    expect(errorOf(answer)).toMatchObject({ code: 'internal', details: { reference: expect.stringMatching(/^[0-9a-f]{8}$/) } })
    expect(answer.body).not.toContain('secret')
  })
})

describe('limits', () => {
  it('hold for each token, and say when to come back', async () => {
    const world = await httpWorld({ limits: { callsPerMinute: 3 } })
    for (let n = 0; n < 3; n += 1) expect((await world.call(routes.me, { token: world.admin })).statusCode).toBe(200)
    const answer = await world.call(routes.me, { token: world.admin })
    expect(answer.statusCode).toBe(429)
    expect(errorOf(answer)).toMatchObject({ code: 'rate_limited', retryable: true, details: { limit: 3 } })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect((await world.call(routes.me, { token: 'another' })).statusCode).toBe(401)
    await world.close()
  })

  it('count tries to join by address, whatever token they carry', async () => {
    const world = await httpWorld({ limits: { joinsPerMinute: 2 } })
    const guess = async (n: number) => {
      const body = { protocol: 1, code: `GUESS-${n}`, name: 'guesser' }
      return (await world.call(routes.join, { method: 'POST', token: `made-up-${n}`, body })).statusCode
    }
    expect([await guess(1), await guess(2), await guess(3), await guess(4)]).toEqual([404, 404, 429, 429])
    await world.close()
  })

  it('count wrong tokens by address, and leave those who have a right one alone', async () => {
    const world = await httpWorld({ limits: { failuresPerMinute: 2 } })
    const guess = async (n: number) => world.call(routes.me, { token: `made-up-${n}` })
    expect([await guess(1), await guess(2)].map(({ statusCode }) => statusCode)).toEqual([401, 401])
    const third = await guess(3)
    expect([third.statusCode, errorOf(third).code]).toEqual([429, 'rate_limited'])
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0)
    expect((await world.call(routes.me)).statusCode).toBe(429)
    expect((await world.call(routes.me, { token: world.admin })).statusCode).toBe(200)
    await world.close()
  })
})
