import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentialSchema, type FederationId, type ParticipantId } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultStateDir, fileIdentityStore } from './file-identity-store.node.ts'
import type { Identity, IdentityStore } from './identity.ts'
import { memoryIdentityStore } from './memory-identity-store.ts'
import { newCredential, type PendingJoin } from './pending-join.ts'

const identity = (number: number, change: Partial<Identity> = {}): Identity => ({
  url: 'https://hub.example',
  name: 'hospital-a',
  participant: `par_0000000${number}` as ParticipantId,
  federation: 'fed_00000001' as FederationId,
  token: `secret-${number}`,
  inviteSha256: String(number).repeat(64),
  savedAt: `2026-01-0${number}T00:00:00.000Z`,
  ...change,
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-identity-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe.each<[string, () => IdentityStore]>([
  ['files', () => fileIdentityStore(join(folder, 'state'))],
  ['memory', () => memoryIdentityStore()],
])('an identity store in %s', (_, create) => {
  it('knows nothing at first', async () => {
    expect(await create().find('https://hub.example', 'hospital-a')).toEqual([])
  })

  it('finds by coordinator and name, the newest first', async () => {
    const store = create()
    const all = [
      identity(1),
      identity(3),
      identity(2),
      identity(4, { name: 'hospital' }),
      identity(5, { url: 'https://other.example' }),
    ]
    await Promise.all(all.map((one) => store.save(one)))
    const tokens = async (url: string, name?: string) => (await store.find(url, name)).map(({ token }) => token)
    expect(await tokens('https://hub.example', 'hospital-a')).toEqual(['secret-3', 'secret-2', 'secret-1'])
    expect(await tokens('https://hub.example', 'hospital')).toEqual(['secret-4'])
    expect(await tokens('https://hub.example')).toEqual(['secret-4', 'secret-3', 'secret-2', 'secret-1'])
    expect(await tokens('https://other.example')).toEqual(['secret-5'])
  })

  it('replaces the same participant and removes only the one named', async () => {
    const store = create()
    await store.save(identity(1))
    await store.save(identity(1, { token: 'renewed' }))
    await store.save(identity(2))
    expect(await store.find('https://hub.example')).toMatchObject([{ token: 'secret-2' }, { token: 'renewed' }])
    await store.remove(identity(2))
    await store.remove(identity(3))
    expect(await store.find('https://hub.example')).toMatchObject([{ token: 'renewed' }])
  })
})

describe.each<[string, () => IdentityStore]>([
  ['files', () => fileIdentityStore(join(folder, 'state'))],
  ['memory', () => memoryIdentityStore()],
])('joins that were not answered, in %s', (_, create) => {
  const pending = (number: number, change: Partial<PendingJoin> = {}): PendingJoin => ({
    url: 'https://hub.example',
    inviteSha256: String(number).repeat(64),
    token: newCredential(),
    ...change,
  })

  it('are found by coordinator and invite, and are no identities', async () => {
    const store = create()
    const [one, two, elsewhere] = [pending(1), pending(2), pending(1, { url: 'https://other.example' })]
    expect(await store.findPendingJoin(one.url, one.inviteSha256)).toBeNull()
    for (const join of [one, two, elsewhere]) await store.savePendingJoin(join)
    expect(await store.findPendingJoin(one.url, one.inviteSha256)).toEqual(one)
    expect(await store.findPendingJoin(elsewhere.url, elsewhere.inviteSha256)).toEqual(elsewhere)
    await store.removePendingJoin(one)
    await store.removePendingJoin(one)
    expect(await store.findPendingJoin(one.url, one.inviteSha256)).toBeNull()
    expect(await store.findPendingJoin(two.url, two.inviteSha256)).toEqual(two)
    expect(await store.find('https://hub.example')).toEqual([])
  })
})

it('credentials are of the form that the coordinator takes, and never the same', () => {
  const credentials = Array.from({ length: 1_000 }, () => newCredential())
  for (const credential of credentials) expect(credentialSchema.safeParse(credential).success).toBe(true)
  expect(new Set(credentials).size).toBe(1_000)
  expect(new Set(credentials.join('').replaceAll('trb_i_', '')).size).toBe(64)
})

describe('the files', () => {
  it.skipIf(process.platform === 'win32')('are for their owner alone', async () => {
    const store = fileIdentityStore(join(folder, 'state'))
    await store.save(identity(1))
    const directory = join(folder, 'state', 'identities')
    const [file = ''] = await readdir(directory)
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect(JSON.parse(await readFile(join(directory, file), 'utf8'))).toEqual(identity(1))
  })

  it('outlive the process, and leave nothing half-written', async () => {
    await fileIdentityStore(folder).save(identity(1))
    const directory = join(folder, 'identities')
    const [file = ''] = await readdir(directory)
    // What a process that was killed while saving leaves behind.
    await writeFile(join(directory, `${file}.99.tmp`), '{"url":')
    expect(await fileIdentityStore(folder).find('https://hub.example')).toEqual([identity(1)])
  })

  it('that are damaged are named, not passed over', async () => {
    await fileIdentityStore(folder).save(identity(1))
    const [file = ''] = await readdir(join(folder, 'identities'))
    await writeFile(join(folder, 'identities', file), '{"url":')
    const finding = fileIdentityStore(folder).find('https://hub.example', 'hospital-a')
    await expect(finding).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining(file) })
  })

  it('lie where XDG_DATA_HOME points, else under the home', () => {
    const before = process.env.XDG_DATA_HOME
    try {
      process.env.XDG_DATA_HOME = '/data'
      expect(defaultStateDir()).toBe(join('/data', 'tributary'))
      delete process.env.XDG_DATA_HOME
      expect(defaultStateDir()).toMatch(/\.local[/\\]share[/\\]tributary$/)
    } finally {
      if (before === undefined) delete process.env.XDG_DATA_HOME
      else process.env.XDG_DATA_HOME = before
    }
  })
})
