import { TributaryError } from '@tributary/protocol'

/** A party's folder is on the disk of a Node process; a page holds none. @throws TributaryError `secret_storage_locked`, always */
export function sealAtRest(_key: Uint8Array, _bytes: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  throw new TributaryError('secret_storage_locked', { reason: `a browser keeps no ${context}` })
}

/** @throws TributaryError `secret_storage_locked`, always */
export function openAtRest(_key: Uint8Array, _sealed: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  throw new TributaryError('secret_storage_locked', { reason: `a browser keeps no ${context}` })
}
