import {
  type EncodedContainer,
  routes,
  TributaryError,
  UPLOAD_OFFSET_HEADER,
  type UpdateReceipt,
  updateReceiptSchema,
} from '@tributary/protocol'
import { type RetryOptions, retrying } from '../timing/retry.ts'
import { watchdog } from '../timing/watchdog.ts'
import { connectionError, exchange, type HttpPeer, unreachable } from './exchange.ts'
import { CALL_TIMEOUT_MS, parseJson } from './json-call.ts'
import { refusal } from './refusal.ts'

/** Bytes in a millisecond below which a line counts as dead; the next attempt goes on where this one stopped. */
const SLOWEST_BYTES_PER_MS = 16

export interface UpdateUpload {
  readonly run: string
  readonly round: number
  readonly update: EncodedContainer
  /** Bytes may be there from an earlier upload: ask first. */
  readonly resume: boolean
  readonly onOffset?: ((bytes: number) => void) | undefined
}

/**
 * Sends an update; after a break it asks how much is stored (HEAD) and sends the rest.
 * @returns the coordinator's word that the update is durable and counts once
 * @throws TributaryError with the coordinator's code when it is final; else as retrying
 */
export function uploadUpdate(peer: HttpPeer, upload: UpdateUpload, retry: RetryOptions): Promise<UpdateReceipt> {
  const { run, round, update, resume, onOffset } = upload
  const { bytes, sha256 } = update
  return retrying(async (failures) => {
    const offset = failures > 0 || resume ? await storedBytes() : 0
    onOffset?.(offset)
    const receipt = parseJson(updateReceiptSchema, await put(offset), 'the upload')
    if (receipt.sha256 !== sha256 || receipt.run !== run || receipt.round !== round)
      throw new TributaryError('unexpected', { reason: 'the receipt is for another update' })
    onOffset?.(bytes.byteLength)
    return receipt
  }, retry)

  async function storedBytes(): Promise<number> {
    const { response } = await call('HEAD', 0, undefined, CALL_TIMEOUT_MS)
    if (!response.ok) {
      const error = refusal(response, '')
      if (error.retryable) throw error
      // A HEAD has no body that could say why: the PUT will be told.
      return 0
    }
    const stored = Number(response.headers.get(UPLOAD_OFFSET_HEADER) ?? 0)
    return Number.isSafeInteger(stored) && stored >= 0 && stored <= bytes.byteLength ? stored : 0
  }

  async function put(offset: number): Promise<string> {
    const rest = bytes.subarray(offset)
    const patience = CALL_TIMEOUT_MS + rest.byteLength / SLOWEST_BYTES_PER_MS
    const { response, text } = await call('PUT', offset, rest, patience)
    if (!response.ok) throw refusal(response, text)
    return text
  }

  async function call(method: 'HEAD' | 'PUT', offset: number, body: Uint8Array<ArrayBuffer> | undefined, milliseconds: number) {
    const dog = watchdog(milliseconds, retry.signal, () =>
      unreachable(peer.address, `no answer in ${Math.round(milliseconds / 1000)} s`),
    )
    try {
      const response = await exchange(peer, {
        method,
        path: routes.update(run, round),
        query: { sha256, bytes: bytes.byteLength, offset },
        headers: body === undefined ? {} : { 'content-type': 'application/octet-stream' },
        body,
        signal: dog.signal,
      })
      return { response, text: await response.text() }
    } catch (error) {
      throw connectionError(peer, error, dog.signal)
    } finally {
      dog.stop()
    }
  }
}
