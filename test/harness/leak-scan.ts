import { openEnvelope, type SecretIdentity } from '@tributary/crypto'
import { type PartyKeys, readEnvelope } from '@tributary/protocol'
import { Needles } from './needles.ts'
import { type Opened, openAs } from './wire-tap.ts'

/** Fields that only sealed bodies have: whoever sees one of them reads what was not for it. */
const BODY_MARKERS = ['ruleSha256', 'listSha256', 'publicKeySha256', 'ciphertextsSha256', 'responseSha256'] as const

export interface Who {
  readonly identities: Readonly<Record<string, SecretIdentity>>
  readonly keys: (name: string) => PartyKeys
}

/** What is in clear where nothing may be: secrets and bodies. */
export function inClear(places: readonly { readonly where: string; readonly bytes: Uint8Array }[], secrets: Needles): string[] {
  const bodies = new Needles()
  for (const marker of BODY_MARKERS) bodies.add(`a body (${marker})`, marker)
  const found = places.flatMap(({ where, bytes }) =>
    [...secrets.in(bytes), ...bodies.in(bytes)].map((what) => `${what} in ${where}`),
  )
  return [...new Set(found)]
}

/** Envelopes that open to anybody but the receiver in their header, or not to it. */
export async function wrongSeals(envelopes: readonly Uint8Array[], { identities }: Who): Promise<string[]> {
  const found: string[] = []
  for (const bytes of envelopes) {
    const envelope = readEnvelope(bytes)
    const { kind, from, to } = envelope.header
    for (const [name, identity] of Object.entries(identities)) {
      const opens = await openEnvelope(envelope, identity).then(
        () => true,
        () => false,
      )
      if (opens !== (name === to)) found.push(`${kind} from ${from} to ${to} ${opens ? 'opens' : 'does not open'} to ${name}`)
    }
  }
  return found
}

/** What each party read, by its own key. */
export async function readBy(party: string, envelopes: readonly Uint8Array[], { identities, keys }: Who): Promise<Opened[]> {
  const mine = envelopes.filter((bytes) => readEnvelope(bytes).header.to === party)
  return Promise.all(mine.map((bytes) => openAs(bytes, identities, keys)))
}

/** Words of secret keys, one of 64: a stretch of 512 bytes of a key cannot be missed. */
export function wordsOfKeys(secretKeys: readonly Uint8Array[]): Needles {
  const needles = new Needles()
  // The last 8·k bytes of a key are words of its polynomials; what stands before is a header.
  for (const key of secretKeys)
    for (let at = key.length % 8; at + 16 <= key.length; at += 512) {
      const word = key.subarray(at, at + 16)
      if (new Set(word).size > 8) needles.add('a secret key', word)
    }
  return needles
}
