import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pinnedPeers } from './peers.ts'
import { stateLock } from './state-lock.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-peers-'))
afterAll(() => rm(folder, { recursive: true }))
const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const invalid = (setting: string) =>
  expect.objectContaining({ code: 'config_invalid', details: expect.objectContaining({ setting }) })

describe('pinned peers', () => {
  it('come from a file and from options together', async () => {
    const peers = join(folder, 'peers.json')
    await writeFile(peers, JSON.stringify({ 'bank-a': a }))
    expect(await pinnedPeers({ peers, peer: [{ name: 'keys', fingerprint: b }] })).toEqual({ 'bank-a': a, keys: b })
    expect(await pinnedPeers({ peers, peer: [{ name: 'bank-a', fingerprint: a }] })).toEqual({ 'bank-a': a })
    await expect(pinnedPeers({ peers, peer: [{ name: 'bank-a', fingerprint: b }] })).rejects.toEqual(invalid('peers'))
  })

  it('must be given', async () => {
    await expect(pinnedPeers({})).rejects.toEqual(invalid('peers'))
    await expect(pinnedPeers({ peers: join(folder, 'none.json') })).rejects.toEqual(invalid('peers'))
  })
})

describe('the lock of a state folder', () => {
  it('is the key file, else the passphrase of the environment', () => {
    expect(stateLock('key', { TRIBUTARY_PASSPHRASE: 'words' })).toEqual({ keyFile: 'key' })
    expect(stateLock(undefined, { TRIBUTARY_PASSPHRASE: 'some words here' })).toEqual({ passphrase: 'some words here' })
    expect(() => stateLock(undefined, { TRIBUTARY_PASSPHRASE: '' })).toThrow(invalid('keyFile'))
  })
})
