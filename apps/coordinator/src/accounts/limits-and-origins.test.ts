import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ACCOUNT_POLICY, ADDRESS_POLICY, accountKey, addressKey } from './lock-out.ts'
import { accountsFromEnvironment } from './options.ts'
import { requireOwnOrigin } from './own-origin.ts'

describe('a lock', () => {
  it('grows with each failure and ends within an hour', () => {
    const seconds = (policy: typeof ACCOUNT_POLICY, list: number[]) => list.map((failures) => policy.lockMs(failures) / 1000)
    expect(seconds(ACCOUNT_POLICY, [1, 4, 5, 6, 7, 11, 12, 500])).toEqual([0, 0, 30, 60, 120, 1_920, 3_600, 3_600])
    expect(seconds(ADDRESS_POLICY, [19, 20, 21, 30, 5_000])).toEqual([0, 30, 60, 900, 900])
  })

  it('is of the network that somebody holds whole, and of a name that is not written down', () => {
    for (const [address, key] of [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:0DB8::1', '2001:db8:0:0'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['::1', '0:0:0:0'],
    ])
      expect(addressKey(address ?? '')).toBe(`address:${key}`)
    expect(accountKey('my password')).toMatch(/^account:[0-9a-f]{64}$/)
  })
})

describe('an origin', () => {
  const refused = expect.objectContaining({ code: 'origin_refused' })

  it('is right when it is this host, or the public address', () => {
    for (const headers of [
      {},
      { origin: 'http://a:1' },
      { origin: 'https://a:1' },
      { origin: 'http://a:1', 'sec-fetch-site': 'same-origin' },
    ])
      expect(() => requireOwnOrigin({ host: 'a:1', ...headers }, null)).not.toThrow()
    expect(() => requireOwnOrigin({ host: 'a:1', origin: 'https://fl.example' }, 'https://fl.example/path')).not.toThrow()
  })

  it('is refused otherwise', () => {
    for (const origin of ['http://b:1', 'http://a:2', 'null', 'http://a:1.evil.example', 'https://fl.example'])
      expect(() => requireOwnOrigin({ host: 'a:1', origin }, null), origin).toThrow(refused)
    expect(() => requireOwnOrigin({ host: 'a:1', 'sec-fetch-site': 'cross-site' }, null)).toThrow(refused)
  })
})

describe('settings from the environment', () => {
  it('are none by default, and refused by name when something is missing', async () => {
    expect(await accountsFromEnvironment({})).toMatchObject({ publicUrl: null, oidc: [] })
    const folder = mkdtempSync(join(tmpdir(), 'tributary-secret-'))
    const file = join(folder, 'secret')
    writeFileSync(file, 'the secret\n')
    const all = {
      TRIBUTARY_PUBLIC_URL: 'https://fl.example',
      TRIBUTARY_OIDC_ISSUER: 'https://id.example/realm',
      TRIBUTARY_OIDC_CLIENT_ID: 'tributary',
      TRIBUTARY_OIDC_CLIENT_SECRET_FILE: file,
    }
    const { publicUrl, oidc } = await accountsFromEnvironment(all)
    expect(publicUrl).toBe('https://fl.example')
    expect(oidc).toEqual([
      {
        id: 'oidc',
        name: 'id.example',
        issuer: all.TRIBUTARY_OIDC_ISSUER,
        clientId: 'tributary',
        clientSecret: 'the secret',
        autoProvision: null,
      },
    ])
    for (const missing of ['TRIBUTARY_OIDC_CLIENT_ID', 'TRIBUTARY_OIDC_CLIENT_SECRET_FILE'])
      await expect(accountsFromEnvironment({ ...all, [missing]: undefined })).rejects.toMatchObject({
        code: 'config_invalid',
        details: { setting: missing },
      })
    for (const wrong of [
      { TRIBUTARY_OIDC_ISSUER: 'http://id.example' },
      { TRIBUTARY_OIDC_CLIENT_SECRET_FILE: join(folder, 'none') },
      { TRIBUTARY_OIDC_AUTO_ROLE: 'admin', TRIBUTARY_OIDC_AUTO_FEDERATION: 'fed_00000001' },
      { TRIBUTARY_OIDC_AUTO_ROLE: 'researcher' },
      { TRIBUTARY_PUBLIC_URL: 'ftp://fl.example' },
    ])
      await expect(accountsFromEnvironment({ ...all, ...wrong }), JSON.stringify(wrong)).rejects.toMatchObject({
        code: 'config_invalid',
      })
    rmSync(folder, { recursive: true })
  })
})
