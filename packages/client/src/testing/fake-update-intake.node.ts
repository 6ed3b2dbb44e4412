import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSha256, TributaryError, UPLOAD_OFFSET_HEADER, uploadQuerySchema } from '@tributary/protocol'
import type { Fault } from './fault.ts'
import { readAll, sendJson, sendRefusal } from './http-messages.node.ts'

export interface FakeUpdates {
  /** Bytes of updates by run/round/sha256: what is kept over a restart. */
  readonly stored: Map<string, Uint8Array>
  readonly accepted: Map<string, Uint8Array>
  /** Decides on updates that arrived whole. */
  admit: (run: string, round: number) => TributaryError | null
}

/** HEAD tells the stored offset, PUT takes bytes from there and judges what is whole. */
export async function takeUpdate(
  { stored: kept, accepted, admit }: FakeUpdates,
  request: IncomingMessage,
  response: ServerResponse,
  { url, run, round }: { url: URL; run: string; round: number },
  fault: Fault | undefined,
): Promise<void> {
  const { sha256, bytes, offset } = uploadQuerySchema.parse(Object.fromEntries(url.searchParams))
  const key = `${run}/${round}/${sha256}`
  const stored = kept.get(key) ?? new Uint8Array(0)
  if (request.method === 'HEAD') {
    response.writeHead(200, { [UPLOAD_OFFSET_HEADER]: String(stored.byteLength) }).end()
    return
  }
  if (offset !== 0 && offset !== stored.byteLength) {
    const details = { expected: stored.byteLength, actual: offset }
    return sendRefusal(request, response, new TributaryError('upload_offset_mismatch', details))
  }
  const taken = await readAll(request, fault?.cutAfter)
  const whole = Buffer.concat([stored.subarray(0, offset), taken])
  kept.set(key, new Uint8Array(whole))
  if (fault?.cutAfter !== undefined) {
    request.socket.destroy()
    return
  }
  const refusal = judge(whole, sha256, bytes) ?? admit(run, round)
  if (refusal !== null) return sendRefusal(request, response, refusal)
  const repeated = accepted.has(key)
  accepted.set(key, new Uint8Array(whole))
  if (fault?.swallowAnswer) request.socket.destroy()
  else sendJson(response, 200, { status: 'accepted', repeated, run, round, sha256 })
}

function judge(whole: Uint8Array, sha256: string, bytes: number): TributaryError | null {
  if (whole.byteLength < bytes) return new TributaryError('update_truncated', { actual: whole.byteLength, expected: bytes })
  if (whole.byteLength > bytes) return new TributaryError('update_trailing_bytes', { expected: bytes })
  const actual = createSha256().update(whole).hex()
  return actual === sha256 ? null : new TributaryError('update_hash_mismatch', { actual, expected: sha256 })
}
