import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { PartyKeys } from '@tributary/protocol'
import { fromBase64url } from './base64url.ts'
import type { SecretIdentity } from './identity.ts'

/*
 * Zero-sum masks. Who learns what: both parties of a pair know their mask; to the key service, which sees only sums of one added and
 * one subtracted mask of each pair with every share, each share alone is uniform mod 2^64 (Bonawitz et al., CCS 2017, §4: without
 * drop-outs). A mask must never meet a second value: (run, step, kind) is used once.
 */
const SALT = new TextEncoder().encode('tributary-pair-mask-v1')

/** Agreed secrets by identity and peer: one multiplication for a pair, not one for each mask. */
const agreed = new WeakMap<SecretIdentity, Map<string, Uint8Array>>()

function pairSecret(me: SecretIdentity, { sealing }: PartyKeys): Uint8Array {
  const known = agreed.get(me) ?? new Map<string, Uint8Array>()
  agreed.set(me, known)
  const secret = known.get(sealing)
  if (secret !== undefined) return secret
  const key = fromBase64url(sealing, 32)
  if (key === null) throw new TypeError('expected an X25519 key as base64url')
  const fresh = x25519.getSharedSecret(me.sealing, key)
  known.set(sealing, fresh)
  return fresh
}

/**
 * HKDF-SHA256 (RFC 5869) of the pair's X25519 secret with run ‖ step ‖ kind as info: 64 bits, the same on both sides.
 * @throws Error when the peer's key is a point of low order
 */
export function pairMask(o: { me: SecretIdentity; peer: PartyKeys; run: string; step: number; kind: string }): bigint {
  // Run and step hold no line feed, so no two triples give one info.
  const info = new TextEncoder().encode(`${o.run}\n${o.step}\n${o.kind}`)
  const bytes = hkdf(sha256, pairSecret(o.me, o.peer), SALT, info, 8)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}
