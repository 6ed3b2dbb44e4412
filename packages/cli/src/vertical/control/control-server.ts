import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { TributaryError } from '@tributary/protocol'
import { type ControlCall, type ControlHandlers, type ControlRequest, controlCalls } from './control-calls.ts'
import { freshControlToken, removeControlFile, writeControlFile } from './control-file.ts'

const MAX_BODY_BYTES = 64 * 1024 * 1024

export interface ControlServer {
  close(): Promise<void>
}

/**
 * Listens on this machine alone and writes into the state folder where, with a token: who can read that file, the folder's owner,
 * may call. HTTP and not a Unix socket, so that it is the same on every system and no long path breaks it.
 */
export async function startControlServer(folder: string, handlers: ControlHandlers): Promise<ControlServer> {
  const token = freshControlToken()
  const server = createServer((request, response) => {
    answer(request, token, handlers).then(
      (value) => reply(response, 200, value),
      (error: unknown) => {
        const known =
          error instanceof TributaryError ? error : new TributaryError('unexpected', { reason: String(error) }, { cause: error })
        reply(response, known.status === 0 ? 500 : known.status, known.toBody())
      },
    )
  })
  await listen(server)
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  await writeControlFile(folder, { url: `http://127.0.0.1:${port}`, token, pid: process.pid })
  return {
    async close() {
      await removeControlFile(folder)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })

async function answer(request: IncomingMessage, token: string, handlers: ControlHandlers): Promise<unknown> {
  if (!isRight(request.headers.authorization, `Bearer ${token}`)) throw new TributaryError('unauthenticated')
  const call = (Object.keys(controlCalls) as ControlCall[]).find((name) => controlCalls[name].path === request.url)
  if (call === undefined || request.method !== 'POST')
    throw new TributaryError('not_found', { what: 'route', id: request.url ?? '' })
  if (Number(request.headers['content-length'] ?? Number.NaN) > MAX_BODY_BYTES)
    throw new TributaryError('bad_request', { issues: 'the body is too large' })
  return handle(call, parse(call, (await buffer(request)).toString('utf8')), handlers)
}

const handle = <Call extends ControlCall>(call: Call, body: ControlRequest<Call>, handlers: ControlHandlers) =>
  handlers[call](body)

function parse<Call extends ControlCall>(call: Call, text: string): ControlRequest<Call> {
  try {
    return controlCalls[call].request.parse(JSON.parse(text)) as ControlRequest<Call>
  } catch (error) {
    throw new TributaryError('bad_request', { issues: (error as Error).message }, { cause: error })
  }
}

function isRight(given: string | undefined, expected: string): boolean {
  const a = Buffer.from(given ?? '')
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}
