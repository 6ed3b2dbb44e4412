import { readFile } from 'node:fs/promises'
import { fingerprintOf, type PartyKeys, participantNameSchema, sha256Schema, TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** Fingerprint (SHA-256 of the public keys, hex) of each peer by its name, compared out of band. */
export type PinnedPeers = Readonly<Record<string, string>>

export const pinnedPeersSchema = z.record(participantNameSchema, sha256Schema)

export const unpinned = (name: string, actual = '?'): TributaryError =>
  new TributaryError('party_fingerprint_unknown', { name, actual, expected: 'none' })

/** @throws TributaryError `party_fingerprint_unknown` when a name is not pinned, or its keys have another fingerprint */
export function requirePinned(name: string, keys: PartyKeys, peers: PinnedPeers): PartyKeys {
  const expected = pinOf(peers, name)
  const actual = fingerprintOf(keys)
  if (expected === null) throw unpinned(name, actual)
  if (actual !== expected) throw new TributaryError('party_fingerprint_unknown', { name, actual, expected })
  return keys
}

export const pinOf = (peers: PinnedPeers, name: string): string | null =>
  Object.hasOwn(peers, name) ? (peers[name] ?? null) : null

/** Pinned peers from options, or from a JSON file of the form {"bank-b": "9f…"}. @throws TributaryError `config_invalid` */
export async function readPeers(peers: PinnedPeers | string): Promise<PinnedPeers> {
  const invalid = (reason: string, cause?: unknown) =>
    new TributaryError('config_invalid', { setting: 'peers', reason }, { cause })
  let value: unknown = peers
  if (typeof peers === 'string') {
    try {
      value = JSON.parse(await readFile(peers, 'utf8'))
    } catch (cause) {
      throw invalid(`${peers} cannot be read as JSON (${(cause as Error).message})`, cause)
    }
  }
  const parsed = pinnedPeersSchema.safeParse(value)
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error))
  return parsed.data
}
