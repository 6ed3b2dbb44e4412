import { readFile } from 'node:fs/promises'
import { TributaryError } from '@tributary/protocol'

/** How a state folder is locked: everything secret in it is encrypted under a key from one of these. */
export type StateLock =
  | { readonly passphrase: string; readonly keyFile?: undefined }
  | {
      /** Path of a file of at least 32 bytes, best random ones: text is stretched like a passphrase, which takes a second. */
      readonly keyFile: string
      readonly passphrase?: undefined
    }

const MIN_PASSPHRASE = 12
const MIN_KEY_BYTES = 32

/** @throws TributaryError `secret_storage_locked` when it cannot be read or is too short */
export async function secretOf(lock: StateLock): Promise<string | Uint8Array> {
  const refuse = (reason: string, cause?: unknown) => new TributaryError('secret_storage_locked', { reason }, { cause })
  if (lock.keyFile === undefined) {
    if (lock.passphrase.length < MIN_PASSPHRASE) throw refuse(`the passphrase is shorter than ${MIN_PASSPHRASE} characters`)
    return lock.passphrase
  }
  const bytes = await readFile(lock.keyFile).catch((cause: unknown) => {
    throw refuse(`the key file cannot be read (${(cause as Error).message})`, cause)
  })
  if (bytes.length < MIN_KEY_BYTES) throw refuse(`the key file holds fewer than ${MIN_KEY_BYTES} bytes`)
  return new Uint8Array(bytes)
}
