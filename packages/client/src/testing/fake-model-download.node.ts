import type { IncomingMessage, ServerResponse } from 'node:http'
import { TributaryError } from '@tributary/protocol'
import type { Fault } from './fault.ts'
import { sendRefusal } from './http-messages.node.ts'

/** Sends a model, whole or from where the range begins. */
export function sendModel(
  models: ReadonlyMap<string, Uint8Array>,
  request: IncomingMessage,
  response: ServerResponse,
  sha256: string,
  fault: Fault | undefined,
): void {
  const bytes = models.get(sha256)
  if (bytes === undefined) {
    sendRefusal(request, response, new TributaryError('not_found', { what: 'model', id: sha256 }))
    return
  }
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const sent = fault?.corrupt ? bytes.map((byte) => byte ^ 1) : bytes
  const length = { 'content-length': bytes.byteLength - from }
  if (from === 0) response.writeHead(200, length)
  else response.writeHead(206, { ...length, 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` })
  if (fault?.cutAfter === undefined) response.end(sent.subarray(from))
  else response.write(sent.subarray(from, from + fault.cutAfter), () => response.destroy())
}
