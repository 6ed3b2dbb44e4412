import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Sha256 } from './sha256.ts'

/** A streaming SHA-256 where WebCrypto has only a one-shot digest. */
export function createSha256(): Sha256 {
  const hash = sha256.create()
  const self: Sha256 = {
    update(bytes) {
      hash.update(bytes)
      return self
    },
    hex: () => bytesToHex(hash.digest()),
  }
  return self
}
