import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { TributaryError } from '@tributary/protocol'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES

/**
 * Seals bytes for a party's own disk by AES-256-GCM under a random nonce. Layout: version, 12 bytes of nonce, ciphertext, tag. Good for
 * 2^32 seals by one key (NIST SP 800-38D §8.3).
 * @param key 32 bytes, see `storageKey`
 * @param context where the bytes belong (run, name of a blob): they open nowhere else
 */
export function sealAtRest(key: Uint8Array, bytes: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  const sealed = new Uint8Array(HEAD_BYTES + bytes.length + TAG_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(context))
  sealed[0] = VERSION
  sealed.set(nonce, 1)
  sealed.set(cipher.update(bytes), HEAD_BYTES)
  cipher.final()
  sealed.set(cipher.getAuthTag(), HEAD_BYTES + bytes.length)
  return sealed
}

/** @throws TributaryError `secret_storage_locked` when key or context is another, or a byte was altered */
export function openAtRest(key: Uint8Array, sealed: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== VERSION) {
    throw new TributaryError('secret_storage_locked', { reason: `${context} has not the form of sealed bytes` })
  }
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(context))
  cipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const plain = cipher.update(sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES))
  try {
    cipher.final()
  } catch (cause) {
    plain.fill(0)
    throw new TributaryError('secret_storage_locked', { reason: `the key does not open ${context}` }, { cause })
  }
  return new Uint8Array(plain)
}
