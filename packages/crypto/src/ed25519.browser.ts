import { ed25519 } from '@noble/curves/ed25519.js'

/** Ed25519 (RFC 8032), 64 bytes. @param seed 32 bytes */
export const signEd25519 = (bytes: Uint8Array, seed: Uint8Array): Uint8Array => ed25519.sign(bytes, seed)

/** Strict RFC 8032, not ZIP 215. Bytes that are no key or no signature are false. */
export function verifyEd25519(signature: Uint8Array, bytes: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, bytes, key, { zip215: false })
  } catch {
    // noble throws on bytes that are no point.
    return false
  }
}
