import { readPeers } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'

export interface PeerPin {
  readonly name: string
  /** SHA-256 in lower-case hex. */
  readonly fingerprint: string
}

/**
 * Pinned fingerprints of a file and of single options together.
 * @throws TributaryError `config_invalid` when none is given, or one name is pinned to two fingerprints
 */
export async function pinnedPeers(options: {
  readonly peers?: string
  readonly peer?: readonly PeerPin[]
}): Promise<Readonly<Record<string, string>>> {
  const invalid = (reason: string) => new TributaryError('config_invalid', { setting: 'peers', reason })
  const { peers: file, peer: single = [] } = options
  if (file === undefined && single.length === 0)
    throw invalid('pin the other parties with --peers FILE or --peer NAME=FINGERPRINT')
  const pins = new Map(Object.entries(file === undefined ? {} : await readPeers(file)))
  for (const { name, fingerprint } of single) {
    if ((pins.get(name) ?? fingerprint) !== fingerprint) throw invalid(`${name} is pinned to two fingerprints`)
    pins.set(name, fingerprint)
  }
  return readPeers(Object.fromEntries(pins))
}
