import { openAtRest, sealAtRest, storageKey } from '@tributary/crypto'
import { TributaryError } from '@tributary/protocol'

/** Encryption at rest under one folder's key. `context` binds what is sealed to its place: moved elsewhere, it does not open. */
export interface Vault {
  seal(bytes: Uint8Array, context: string): Uint8Array
  /** @throws TributaryError `secret_storage_locked` */
  open(sealed: Uint8Array, context: string): Uint8Array
}

/** @param cost N of scrypt */
export function openVault(secret: string | Uint8Array, salt: Uint8Array, cost?: number): Vault {
  const key = storageKey(secret, salt, cost)
  return {
    seal: (bytes, context) => sealAtRest(key, bytes, context),
    open(sealed, context) {
      try {
        return openAtRest(key, sealed, context)
      } catch (cause) {
        const reason = 'the passphrase or key file is another one, or the folder is damaged'
        throw new TributaryError('secret_storage_locked', { reason }, { cause })
      }
    },
  }
}
