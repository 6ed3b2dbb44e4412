import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TributaryError } from '@tributary/protocol'

/** The body, or its first `limit` bytes. */
export async function readAll(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    const taken = chunk.subarray(0, limit - length)
    chunks.push(taken)
    length += taken.byteLength
    // Breaking off destroys the request, and with it the connection.
    if (length >= limit) break
  }
  return Buffer.concat(chunks)
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function sendRefusal(request: IncomingMessage, response: ServerResponse, error: TributaryError): void {
  request.resume()
  sendJson(response, error.status, error.toBody())
}
