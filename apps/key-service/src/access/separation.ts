import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { TributaryError } from '@tributary/protocol'

/**
 * Refuses a folder that is, lies in, or directly holds a coordinator's: one operator with both could open what the other relays.
 * @throws TributaryError `key_service_not_separate`
 */
export function requireOwnFolder(dataDir: string): void {
  const folder = realOf(resolve(dataDir))
  for (let outer = folder; ; outer = dirname(outer)) {
    if (isCoordinators(outer)) throw new TributaryError('key_service_not_separate', { what: `the folder ${outer}` })
    if (outer === dirname(outer)) break
  }
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const inner = join(folder, name)
    if (isCoordinators(inner)) throw new TributaryError('key_service_not_separate', { what: `the folder ${inner}` })
  }
}

/** Models and mail lie there, whatever the database; mail was not there in older ones. */
const isCoordinators = (folder: string): boolean =>
  existsSync(join(folder, 'blobs')) && ['tributary.db', 'mail'].some((file) => existsSync(join(folder, file)))

/** The folder may not exist yet; a link above it must not hide where it lies. */
function realOf(path: string): string {
  for (let existing = path; ; existing = dirname(existing)) {
    if (existsSync(existing)) return join(realpathSync(existing), relative(existing, path))
    if (existing === dirname(existing)) return path
  }
}

/**
 * Refuses to run where a credential of the coordinator's admin or researcher is at hand.
 * @throws TributaryError `key_service_not_separate`
 */
export function requireNoCoordinatorToken(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && /^trb_[ar]_/.test(value.trim()))
      throw new TributaryError('key_service_not_separate', { what: `the coordinator's token in ${name}` })
  }
}

/** @throws TributaryError `key_service_not_separate` when its membership at the hub is more than a party's */
export function requirePartyRole(role: string): void {
  if (role !== 'institution') throw new TributaryError('key_service_not_separate', { what: `the coordinator's role ${role}` })
}
