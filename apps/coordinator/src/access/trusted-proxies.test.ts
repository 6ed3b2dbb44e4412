import { type AdminAuditPage, routes } from '@tributary/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { cookieOf, PASSWORD, type PeopleWorld, peopleWorld } from '../accounts/testing/people-world.ts'
import { clientAddress, trustedProxies } from './trusted-proxies.ts'

describe('a list of proxies', () => {
  it('holds addresses, ranges and names of ranges', () => {
    const isTrusted = trustedProxies('loopback, 10.1.0.0/16,2001:db8::7')
    for (const [address, expected] of [
      ['127.0.0.1', true],
      ['::ffff:127.9.9.9', true],
      ['::1', true],
      ['10.1.200.3', true],
      ['10.2.0.1', false],
      ['2001:db8::7', true],
      ['2001:db8::8', false],
      ['unknown', false],
      ['', false],
    ] as const)
      expect(isTrusted?.(address), address).toBe(expected)
    expect(trustedProxies('uniquelocal')?.('192.168.1.1')).toBe(true)
    expect(trustedProxies('linklocal')?.('fe80::1')).toBe(true)
  })

  it('is empty by default, and refuses what it cannot read, hops, and everybody', () => {
    expect(trustedProxies('')).toBeNull()
    expect(trustedProxies(' , ')).toBeNull()
    for (const wrong of ['1', 'true', '*', '10.0.0.0/33', '10.0.0.0/x', '0.0.0.0/0', '::/0', '10.0.0.0/8/8', 'proxy.example.org'])
      expect(() => trustedProxies(`loopback,${wrong}`), wrong).toThrow(
        expect.objectContaining({ code: 'config_invalid', details: expect.objectContaining({ setting: 'trust-proxy' }) }),
      )
  })

  it('is followed back to the last address that is none of them', () => {
    const isTrusted = trustedProxies('10.0.0.0/8')
    const of = (peer: string, said?: string) =>
      clientAddress(peer, said === undefined ? {} : { 'x-forwarded-for': said }, isTrusted)
    expect(of('10.0.0.1', '192.0.2.1')).toBe('192.0.2.1')
    expect(of('10.0.0.1', '203.0.113.66, 192.0.2.1, 10.0.0.2')).toBe('192.0.2.1')
    expect(of('192.0.2.9', '203.0.113.66')).toBe('192.0.2.9')
    expect(of('10.0.0.1', '10.0.0.3,10.0.0.2')).toBe('10.0.0.3')
    expect(of('10.0.0.1')).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', { 'x-forwarded-for': '192.0.2.1' }, null)).toBe('10.0.0.1')
  })
})

describe('behind a proxy', () => {
  let world: PeopleWorld
  afterEach(() => world.close())
  const from = (caller: string, more: Record<string, string> = {}) => ({ 'x-forwarded-for': caller, ...more })
  const guess = async (caller: string) => {
    const answer = await world.call(routes.me, { token: 'trb_a_made-up', headers: from(caller) })
    return answer.json<{ code: string }>().code
  }
  /** Address of the last sign-in as it was written down, and whether the cookie was for https only. */
  const signedIn = async (headers: Record<string, string>) => {
    const answer = await world.attempt('ada', PASSWORD, headers)
    expect(answer.statusCode).toBe(200)
    const { entries } = (await world.call(routes.audit, { token: world.admin })).json<AdminAuditPage>()
    return [entries[0]?.address, cookieOf(answer)?.secure ?? false]
  }

  it('counts, locks, writes down and sets cookies by what the proxy says', async () => {
    world = await peopleWorld({ trustProxy: '127.0.0.1', limits: { failuresPerMinute: 2 } })
    await world.user({ name: 'ada', role: 'admin' })
    expect([await guess('192.0.2.1'), await guess('192.0.2.1'), await guess('192.0.2.1')]).toEqual([
      'unauthenticated',
      'unauthenticated',
      'rate_limited',
    ])
    expect(await guess('192.0.2.2')).toBe('unauthenticated')
    for (let n = 0; n < 20; n += 1) await world.attempt(`nobody-${n}`, PASSWORD, from('192.0.2.3'))
    expect((await world.attempt('ada', PASSWORD, from('192.0.2.3'))).json()).toMatchObject({ code: 'address_locked' })
    expect(await signedIn(from('192.0.2.4', { 'x-forwarded-proto': 'https' }))).toEqual(['192.0.2.4', true])
    expect(await signedIn(from('192.0.2.4'))).toEqual(['192.0.2.4', false])
  })

  it.each([undefined, '10.0.0.0/8'])('believes nobody else: %s', async (trustProxy) => {
    world = await peopleWorld({ ...(trustProxy === undefined ? {} : { trustProxy }), limits: { failuresPerMinute: 2 } })
    await world.user({ name: 'ada', role: 'admin' })
    expect([await guess('192.0.2.1'), await guess('192.0.2.2'), await guess('192.0.2.3')]).toEqual([
      'unauthenticated',
      'unauthenticated',
      'rate_limited',
    ])
    expect(await signedIn(from('192.0.2.4', { 'x-forwarded-proto': 'https' }))).toEqual(['127.0.0.1', false])
    for (let n = 0; n < 20; n += 1) await world.attempt(`nobody-${n}`, PASSWORD, from(`192.0.2.${n}`))
    expect((await world.attempt('ada', PASSWORD, from('192.0.2.99'))).json()).toMatchObject({ code: 'address_locked' })
  })
})
