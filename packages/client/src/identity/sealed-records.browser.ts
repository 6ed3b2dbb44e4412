import { TributaryError } from '@tributary/protocol'
import type { z } from 'zod'

/** A record as the browser's database holds it: nothing of its content can be read without the key. */
export interface SealedRecord {
  readonly id: string
  /** Of 12 random bytes, new for each record that is written. */
  readonly iv: Uint8Array<ArrayBuffer>
  /** AES-GCM of the record's JSON; the id is authenticated with it. */
  readonly sealed: ArrayBuffer
}

/** A key that encrypts and decrypts here and that no script can read out. */
export const newSealingKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

export async function seal(key: CryptoKey, id: string, content: unknown): Promise<SealedRecord> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const plain = new TextEncoder().encode(JSON.stringify(content))
  return { id, iv, sealed: await crypto.subtle.encrypt(parameters(id, iv), key, plain) }
}

/** @throws TributaryError `browser_unfit` for a record that this key did not seal under this id, or that is not what it should be */
export async function unseal<T>(key: CryptoKey, schema: z.ZodType<T>, { id, iv, sealed }: SealedRecord): Promise<T> {
  try {
    const plain = await crypto.subtle.decrypt(parameters(id, iv), key, sealed)
    return schema.parse(JSON.parse(new TextDecoder().decode(plain)))
  } catch (cause) {
    const reason = 'the identity that it keeps for this address cannot be opened with the key that it keeps'
    throw new TributaryError('browser_unfit', { reason }, { cause })
  }
}

const parameters = (id: string, iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(id),
})
