import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { requireNoCoordinatorToken, requireOwnFolder, requirePartyRole } from './separation.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-separation-'))
afterAll(() => rmSync(folder, { recursive: true }))
const coordinator = join(folder, 'coordinator')
mkdirSync(join(coordinator, 'blobs'), { recursive: true })
writeFileSync(join(coordinator, 'tributary.db'), '')

const refused = { code: 'key_service_not_separate' }
const refusal = (act: () => void): unknown => {
  try {
    act()
    return null
  } catch (error) {
    return error
  }
}

describe('a key service apart from the coordinator', () => {
  it("refuses the coordinator's folder, one inside of it, and a link to either", () => {
    symlinkSync(coordinator, join(folder, 'elsewhere'))
    for (const path of [coordinator, join(coordinator, 'keys', 'deep'), join(folder, 'elsewhere', 'keys')])
      expect(refusal(() => requireOwnFolder(path))).toMatchObject(refused)
  })

  it('refuses a folder around one, and one of a coordinator whose database is elsewhere', () => {
    expect(refusal(() => requireOwnFolder(folder))).toMatchObject(refused)
    const withoutDatabase = join(folder, 'deeper', 'coordinator')
    for (const name of ['blobs', 'mail']) mkdirSync(join(withoutDatabase, name), { recursive: true })
    expect(refusal(() => requireOwnFolder(withoutDatabase))).toMatchObject(refused)
  })

  it('takes a folder of its own, also beside the coordinator', () => {
    expect(refusal(() => requireOwnFolder(join(folder, 'key-service')))).toBeNull()
    // An ordinary folder that happens to hold one file of that name is no coordinator's.
    mkdirSync(join(folder, 'other', 'blobs'), { recursive: true })
    expect(refusal(() => requireOwnFolder(join(folder, 'other')))).toBeNull()
  })

  it("refuses to start beside a token of the coordinator's admin or researcher, whatever its variable is called", () => {
    expect(refusal(() => requireNoCoordinatorToken({ TRIBUTARY_TOKEN: 'trb_a_secret' }))).toMatchObject(refused)
    expect(refusal(() => requireNoCoordinatorToken({ ANYTHING: ' trb_r_secret' }))).toMatchObject(refused)
    expect(refusal(() => requireNoCoordinatorToken({ TRIBUTARY_TOKEN: 'trb_i_secret', HOME: '/root' }))).toBeNull()
    const error = refusal(() => requireNoCoordinatorToken({ X: 'trb_a_secret' })) as Error
    expect(error.message).not.toContain('secret')
  })

  it('refuses a membership that is more than a party', () => {
    for (const role of ['admin', 'researcher']) expect(refusal(() => requirePartyRole(role))).toMatchObject(refused)
    expect(refusal(() => requirePartyRole('institution'))).toBeNull()
  })
})
