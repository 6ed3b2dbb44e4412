import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chooseToken, chooseUrl } from './chosen-connection.ts'

const saved = { current: 'https://fl.example.org', tokens: { 'https://fl.example.org': 'saved-token' } }
const none = { current: null, tokens: {} }
const folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
afterAll(() => rm(folder, { recursive: true }))

describe('chooseUrl', () => {
  it('prefers the option, then TRIBUTARY_URL, then the profile in use', () => {
    expect(chooseUrl({ url: 'http://a:1' }, { TRIBUTARY_URL: 'http://b:2' }, saved)).toBe('http://a:1')
    expect(chooseUrl({}, { TRIBUTARY_URL: 'http://b:2' }, saved)).toBe('http://b:2')
    expect(chooseUrl({}, { TRIBUTARY_URL: '' }, saved)).toBe('https://fl.example.org')
  })

  it('writes one address in one way', () => {
    expect(chooseUrl({ url: 'https://FL.example.org/base/' }, {}, none)).toBe('https://fl.example.org/base')
  })

  it('refuses none, and what is no address', () => {
    expect(() => chooseUrl({}, {}, none)).toThrow(/no coordinator is named/)
    expect(() => chooseUrl({ url: 'localhost:7420' }, {}, none)).toThrow(/not an address/)
    expect(() => chooseUrl({ url: 'file:///etc' }, {}, none)).toThrow(/not an address/)
  })
})

describe('chooseToken', () => {
  const url = 'https://fl.example.org'

  it('prefers the file, then TRIBUTARY_TOKEN, then the token saved for this address', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'file-token\n')
    const environment = { TRIBUTARY_TOKEN: ' env-token ' }
    expect(await chooseToken(url, { tokenFile }, environment, saved)).toBe('file-token')
    expect(await chooseToken(url, {}, environment, saved)).toBe('env-token')
    expect(await chooseToken(url, {}, {}, saved)).toBe('saved-token')
  })

  it('never sends a saved token to another address', async () => {
    await expect(chooseToken('https://evil.example.org', {}, {}, saved)).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(chooseToken('http://fl.example.org', {}, {}, saved)).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('says which token file cannot be read', async () => {
    await expect(chooseToken(url, { tokenFile: join(folder, 'none') }, {}, saved)).rejects.toMatchObject({
      code: 'data_unreadable',
    })
  })
})
