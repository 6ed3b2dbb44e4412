import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { joinSchema, type Ready, routes, TributaryError, WATCH_NAMESPACE } from '@tributary/protocol'
import { addMember, admitByInvite, type Member } from './fake-membership.ts'
import { sendModel } from './fake-model-download.node.ts'
import { type FakeParticipantChannel, serveParticipants } from './fake-participant-channel.node.ts'
import { type FakeUpdates, takeUpdate } from './fake-update-intake.node.ts'
import { type Fault, takeFault } from './fault.ts'
import { readAll, sendJson, sendRefusal } from './http-messages.node.ts'
import { createSocketServer, type ServerSocket, type SocketServer } from './socket-server.node.ts'

export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly offset: number | null
  readonly range: string | null
  readonly authorization: string | null
}

/** A coordinator on loopback that does what its script says; it checks what it is sent by the protocol's schemas. */
export class FakeCoordinator implements FakeParticipantChannel, FakeUpdates {
  readonly calls: SeenCall[] = []
  readonly faults: Fault[] = []
  readonly invites = new Set<string>()
  readonly members: Member[] = []
  readonly models = new Map<string, Uint8Array>()
  readonly stored = new Map<string, Uint8Array>()
  readonly accepted = new Map<string, Uint8Array>()
  readonly ready: Ready[] = []
  readonly progress: unknown[] = []
  readonly failures: { run: string; round: number; reason: string }[] = []
  readonly farewells: string[] = []
  readonly handshakes: unknown[] = []
  /** JSON answers by `METHOD path`. */
  readonly answers = new Map<string, (url: URL, body: string) => unknown>()
  admit: FakeUpdates['admit'] = () => null
  admitSocket: FakeParticipantChannel['admitSocket'] = () => null
  admitLeave: FakeParticipantChannel['admitLeave'] = () => null
  onReady: FakeParticipantChannel['onReady'] = () => undefined
  onWatcher: (socket: ServerSocket) => void = () => undefined
  acknowledgesReady = true
  acknowledgesLeave = true
  welcomes = true
  socket: ServerSocket | null = null
  port = 0
  #http: Server | null = null
  #io: SocketServer | null = null
  #isAway = false
  readonly #connections = new Set<Socket>()

  static async start(): Promise<FakeCoordinator> {
    const fake = new FakeCoordinator()
    await fake.#listen()
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async #listen(): Promise<void> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    this.#io = createSocketServer(http)
    serveParticipants(this.#io, this)
    this.#io.of(WATCH_NAMESPACE).on('connection', (socket) => this.onWatcher(socket))
    http.on('connection', (connection) => {
      if (this.#isAway) return connection.destroy()
      this.#connections.add(connection)
      connection.once('close', () => this.#connections.delete(connection))
    })
    await once(http.listen(0, '127.0.0.1'), 'listening')
    this.port = (http.address() as AddressInfo).port
    this.#http = http
  }

  /** Breaks all connections, and each new one at once; the port is kept, lest another process takes it before the return. */
  async goAway(): Promise<void> {
    this.#isAway = true
    const ended = (connection: Socket) => new Promise<void>((resolve) => connection.once('close', () => resolve()).destroy())
    await Promise.all([...this.#connections].map(ended))
  }

  comeBack(): void {
    this.#isAway = false
  }

  /** Ends for good. */
  async close(): Promise<void> {
    this.#io?.disconnectSockets(true)
    this.#io?.engine.close()
    const http = this.#http
    if (http === null) return
    this.#http = null
    await new Promise((resolve) => {
      http.close(resolve)
      http.closeAllConnections()
    })
  }

  calledWith(method: string, part: string): SeenCall[] {
    return this.calls.filter((call) => call.method === method && call.path.includes(part))
  }

  addMember(name: string): Member {
    return addMember(this, name)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '/', this.url)
    const path = url.pathname
    const offset = url.searchParams.get('offset')
    this.calls.push({
      method,
      path,
      offset: offset === null ? null : Number(offset),
      range: headers.range ?? null,
      authorization: headers.authorization ?? null,
    })
    const fault = takeFault(this.faults, method, path)
    if (fault?.refuse !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      return sendRefusal(request, response, fault.refuse)
    }
    if (fault?.answer !== undefined) {
      request.resume()
      response.writeHead(fault.answer.status).end(fault.answer.body)
      return
    }
    const model = /^\/api\/v1\/models\/([0-9a-f]{64})$/.exec(path)?.[1]
    const update = /^\/api\/v1\/runs\/(\w+)\/rounds\/(\d+)\/update$/.exec(path)
    if (path === routes.join) return this.#join(request, response, fault)
    if (model !== undefined) return sendModel(this.models, request, response, model, fault)
    if (update !== null) {
      const place = { url, run: `${update[1]}`, round: Number(update[2]) }
      return takeUpdate(this, request, response, place, fault)
    }
    const body = (await readAll(request)).toString('utf8')
    const answer = this.answers.get(`${method} ${path}`)
    if (answer === undefined) sendRefusal(request, response, new TributaryError('not_found', { what: 'page', id: path }))
    else sendJson(response, 200, answer(url, body))
  }

  async #join(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const answer = admitByInvite(this, joinSchema.parse(JSON.parse((await readAll(request)).toString('utf8'))))
    if (fault?.swallowAnswer) request.socket.destroy()
    else if (answer instanceof TributaryError) sendRefusal(request, response, answer)
    else sendJson(response, 200, answer)
  }
}
