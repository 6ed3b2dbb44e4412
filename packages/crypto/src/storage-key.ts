import { hkdf } from '@noble/hashes/hkdf.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** scrypt (RFC 7914) with N = 2^17, r = 8, p = 1: 128 MB and about a second. */
export const STORAGE_KEY_COST = 2 ** 17

const INFO = new TextEncoder().encode('tributary storage key v2')
/** Fewer bytes can be guessed however random they are. */
const RANDOM_BYTES = 32

/**
 * The key that a party's folder is encrypted with. What may be a sentence is stretched by scrypt; 32 or more bytes that are no text
 * (a key file from a generator) need none: HKDF-SHA256 (RFC 5869), and a start costs no second.
 * @param secret passphrase (brought to NFKC, so that one passphrase has one spelling) or the bytes of a key file
 * @param salt 16 or more random bytes, kept beside the data
 * @param cost N of scrypt; tests take a small one
 */
export function storageKey(secret: string | Uint8Array, salt: Uint8Array, cost = STORAGE_KEY_COST): Uint8Array {
  if (salt.length < 16) throw new RangeError('a salt has 16 bytes or more')
  if (typeof secret !== 'string' && isRandom(secret)) return hkdf(sha256, secret, salt, INFO, 32)
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret.normalize('NFKC')) : secret
  return scrypt(bytes, salt, { N: cost, r: 8, p: 1, dkLen: 32, maxmem: 2 ** 30 })
}

/** No text: 32 random bytes are valid UTF-8 without control characters once in 10^12 times, and are stretched then. */
function isRandom(bytes: Uint8Array): boolean {
  if (bytes.length < RANDOM_BYTES) return false
  try {
    return /\p{Cc}/u.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\t\r\n]/g, ''))
  } catch {
    return true
  }
}
