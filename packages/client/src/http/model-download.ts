import { createSha256, routes, TributaryError } from '@tributary/protocol'
import { type RetryOptions, retrying } from '../timing/retry.ts'
import { watchdog } from '../timing/watchdog.ts'
import { connectionError, exchange, type HttpPeer, unreachable } from './exchange.ts'
import { refusal } from './refusal.ts'

/** A download that brings no byte for so long is broken off and resumed. */
export const DOWNLOAD_IDLE_MS = 30_000
/** After so many whole downloads with a wrong hash it is not the network. */
const CORRUPT_DOWNLOADS = 3

export interface ModelDownload {
  readonly sha256: string
  /** Its length, where it is known. */
  readonly bytes?: number | undefined
  readonly onReceived?: ((bytes: number) => void) | undefined
}

/**
 * Fetches a model by its content address; a broken download goes on where it stopped (Range).
 * @throws TributaryError `storage_corrupt` when the bytes do not have the hash again and again; else as retrying
 */
export async function downloadModel(
  peer: HttpPeer,
  { sha256, bytes, onReceived }: ModelDownload,
  retry: RetryOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  let chunks: Uint8Array[] = []
  let received = 0
  let corrupt = 0
  const startOver = () => {
    chunks = []
    received = 0
  }
  return retrying(async () => {
    const whole = await receive()
    if (createSha256().update(whole).hex() === sha256) return whole
    startOver()
    corrupt += 1
    if (corrupt >= CORRUPT_DOWNLOADS) throw new TributaryError('storage_corrupt', { sha256 })
    throw unreachable(peer.address, `the model arrived damaged, it should be ${sha256}`)
  }, retry)

  async function receive(): Promise<Uint8Array<ArrayBuffer>> {
    const dog = watchdog(DOWNLOAD_IDLE_MS, retry.signal, () =>
      unreachable(peer.address, `the download stood still for ${DOWNLOAD_IDLE_MS / 1000} s`),
    )
    try {
      // A compressed answer could not be resumed by an offset of the model's own bytes.
      const headers = { 'accept-encoding': 'identity', ...(received > 0 ? { range: `bytes=${received}-` } : {}) }
      const response = await exchange(peer, { method: 'GET', path: routes.model(sha256), headers, signal: dog.signal })
      if (response.status === 416) {
        startOver()
        throw unreachable(peer.address, 'the download could not be resumed')
      }
      if (!response.ok) throw refusal(response, await response.text())
      if (!continues(response, received)) startOver()
      const expected = bytes ?? lengthOf(response, received)
      const reader = response.body?.getReader()
      for (;;) {
        const read = await reader?.read()
        if (read === undefined || read.done) break
        dog.feed()
        chunks.push(read.value)
        received += read.value.byteLength
        if (expected !== null && received > expected) await reader?.cancel()
        onReceived?.(received)
      }
      if (expected !== null && received < expected) throw unreachable(peer.address, `the download ended at byte ${received}`)
      return concatenate(chunks, received)
    } catch (error) {
      throw connectionError(peer, error, dog.signal)
    } finally {
      dog.stop()
    }
  }
}

const continues = (response: Response, offset: number): boolean =>
  response.status === 206 && (response.headers.get('content-range') ?? '').startsWith(`bytes ${offset}-`)

function lengthOf(response: Response, offset: number): number | null {
  const length = response.headers.get('content-length')
  return length === null ? null : (response.status === 206 ? offset : 0) + Number(length)
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
