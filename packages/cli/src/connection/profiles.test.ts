import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readProfiles, writeProfiles } from './profiles.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
afterAll(() => rm(folder, { recursive: true }))
const file = join(folder, 'tributary', 'profiles.json')

describe('profiles', () => {
  it('are empty without a file', async () => {
    expect(await readProfiles(file)).toEqual({ current: null, tokens: {} })
  })

  it('come back as written, readable by their owner only, also over an open file', async () => {
    const profiles = { current: 'http://a:1', tokens: { 'http://a:1': 'secret' } }
    await writeProfiles({ current: null, tokens: {} }, file)
    await chmod(file, 0o644)
    await writeProfiles(profiles, file)
    expect(await readProfiles(file)).toEqual(profiles)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
    expect(await readdir(dirname(file))).toEqual(['profiles.json'])
  })

  it('refuse a file that is not theirs', async () => {
    await writeFile(file, '{"tokens": 3}')
    await expect(readProfiles(file)).rejects.toMatchObject({ code: 'config_invalid' })
  })
})
