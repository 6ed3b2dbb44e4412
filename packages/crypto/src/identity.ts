import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { randomBytes } from '@noble/hashes/utils.js'
import type { PartyKeys } from '@tributary/protocol'
import { signEd25519, verifyEd25519 } from '#ed25519'
import { fromBase64url, toBase64url } from './base64url.ts'

/**
 * A party's identity. Who learns what: the public halves go to everybody and their fingerprint is pinned out of band; whoever has
 * the secret half signs in the party's name and opens its mail.
 */
export interface SecretIdentity {
  /** Ed25519 seed (RFC 8032), 32 bytes. */
  readonly signing: Uint8Array
  /** X25519 secret (RFC 7748), 32 bytes. */
  readonly sealing: Uint8Array
}

/** A fresh identity from the system's CSPRNG. */
export const createIdentity = (): SecretIdentity => ({ signing: randomBytes(32), sealing: randomBytes(32) })

/** Both public keys as base64url. */
export const publicKeysOf = ({ signing, sealing }: SecretIdentity): PartyKeys => ({
  signing: toBase64url(ed25519.getPublicKey(signing)),
  sealing: toBase64url(x25519.getPublicKey(sealing)),
})

/** Ed25519 (RFC 8032) as base64url; the same bytes give the same signature. */
export const sign = ({ signing }: SecretIdentity, bytes: Uint8Array): string => toBase64url(signEd25519(bytes, signing))

/**
 * Whether the signature is the party's. Strict RFC 8032, not ZIP 215: canonical encodings only. Text that is no key or no
 * signature is false, never an exception.
 */
export function verify(keys: PartyKeys, bytes: Uint8Array, signature: string): boolean {
  const signed = fromBase64url(signature, 64)
  return signed !== null && verifyRaw(keys, bytes, signed)
}

/** As `verify`, for a signature that is 64 bytes already. */
export function verifyRaw(keys: PartyKeys, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = fromBase64url(keys.signing, 32)
  return key !== null && verifyEd25519(signature, bytes, key)
}
