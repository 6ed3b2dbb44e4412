import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publicKeysOf } from '@tributary/crypto'
import { openPartyStore } from '@tributary/party'
import { fingerprintOf } from '@tributary/protocol'

/** Where a party of the demo keeps everything of its own. */
export interface DemoIdentity {
  readonly name: string
  readonly stateDir: string
  readonly keyFile: string
  readonly fingerprint: string
}

export interface DemoIdentities {
  readonly all: readonly DemoIdentity[]
  /** Fingerprints by name, which every party pins: what telephones are for elsewhere. */
  readonly peersFile: string
}

/** Makes each party's folder, key file and identity, as its own operator would with `tributary fingerprint`. */
export async function makeIdentities(names: readonly string[], folder: string): Promise<DemoIdentities> {
  const all: DemoIdentity[] = []
  await mkdir(join(folder, 'key-files'), { mode: 0o700 })
  for (const name of names) {
    const keyFile = join(folder, 'key-files', name)
    await writeFile(keyFile, randomBytes(64), { mode: 0o600 })
    const stateDir = join(folder, name)
    const store = await openPartyStore({ folder: stateDir, lock: { keyFile } })
    const fingerprint = fingerprintOf(publicKeysOf(store.identity()))
    store.close()
    all.push({ name, stateDir, keyFile, fingerprint })
  }
  const peersFile = join(folder, 'peers.json')
  await writeFile(peersFile, JSON.stringify(Object.fromEntries(all.map(({ name, fingerprint }) => [name, fingerprint])), null, 2))
  return { all, peersFile }
}
