import { publicKeysOf } from '@tributary/crypto'
import { openPartyStore } from '@tributary/party'
import { fingerprintOf } from '@tributary/protocol'
import type { FingerprintOptions } from '../commands/fingerprint.ts'
import { chosenPartyFolder } from './party-folder.ts'
import { stateLock } from './state-lock.ts'

/** Opens the folder, makes the identity when it is missing. @throws TributaryError `config_invalid`, `secret_storage_locked` */
export async function fingerprintOfFolder(options: FingerprintOptions): Promise<{ folder: string; fingerprint: string }> {
  const folder = chosenPartyFolder(options)
  const store = await openPartyStore({ folder, lock: stateLock(options.keyFile, process.env) })
  try {
    return { folder, fingerprint: fingerprintOf(publicKeysOf(store.identity())) }
  } finally {
    store.close()
  }
}

const GROUP = 4
const GROUPS_A_LINE = 4

/** In groups of four digits, four groups a line: short enough to say in one breath. */
export function spoken(fingerprint: string): string[] {
  const groups = fingerprint.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []
  return Array.from(
    { length: Math.ceil(groups.length / GROUPS_A_LINE) },
    (_, line) => `  ${line + 1}  ${groups.slice(line * GROUPS_A_LINE, (line + 1) * GROUPS_A_LINE).join(' ')}`,
  )
}
