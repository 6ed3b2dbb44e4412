import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createSha256,
  type ErrorCode,
  type ErrorDetails,
  type FederationId,
  handshakeSchema,
  joinSchema,
  PARTICIPANT_NAMESPACE,
  type ParticipantId,
  PROTOCOL_VERSION,
  type Ready,
  routes,
  TributaryError,
  UPLOAD_OFFSET_HEADER,
  uploadQuerySchema,
  WATCH_NAMESPACE,
} from '@tributary/protocol'
import { createSocketServer, type ServerSocket, type SocketServer } from './socket-server.node.ts'

export const FEDERATION = 'fed_00000001' as FederationId

export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly offset: number | null
  readonly range: string | null
  readonly authorization: string | null
}

/** What goes wrong once, with the next call of this method to a path that has this in it. */
export interface Fault {
  readonly method: string
  readonly path: string
  /** Take or send so many bytes of the body, then destroy the connection. */
  readonly cutAfter?: number
  readonly refuse?: TributaryError
  readonly retryAfter?: number
  /** Answer with this, whatever it is. */
  readonly answer?: { status: number; body: string }
  /** Send other bytes than were asked for. */
  readonly corrupt?: boolean
  /** Do it, but destroy the connection instead of answering. */
  readonly swallowAnswer?: boolean
}

interface Member {
  readonly participant: ParticipantId
  readonly name: string
  readonly token: string
  left: boolean
}

/** A coordinator on loopback that does what its script says; it checks what it is sent by the protocol's schemas. */
export class FakeCoordinator {
  readonly calls: SeenCall[] = []
  readonly faults: Fault[] = []
  readonly invites = new Set<string>()
  readonly members: Member[] = []
  readonly models = new Map<string, Uint8Array>()
  /** Bytes of updates by run/round/sha256: what is kept over a restart. */
  readonly stored = new Map<string, Uint8Array>()
  readonly accepted = new Map<string, Uint8Array>()
  readonly ready: Ready[] = []
  readonly progress: unknown[] = []
  readonly failures: { run: string; round: number; reason: string }[] = []
  readonly farewells: string[] = []
  readonly handshakes: unknown[] = []
  /** JSON answers by `METHOD path`. */
  readonly answers = new Map<string, (url: URL, body: string) => unknown>()
  /** Decides on updates that arrived whole. */
  admit: (run: string, round: number) => TributaryError | null = () => null
  /** Refuses handshakes. */
  admitSocket: () => TributaryError | Error | null = () => null
  /** What follows ready, on each connection. */
  onReady: (socket: ServerSocket) => void = () => undefined
  onWatcher: (socket: ServerSocket) => void = () => undefined
  acknowledgesReady = true
  /** Else the connection breaks when the farewell has been taken. */
  acknowledgesLeave = true
  welcomes = true
  socket: ServerSocket | null = null
  port = 0
  #http: Server | null = null
  #io: SocketServer | null = null

  static async start(): Promise<FakeCoordinator> {
    const fake = new FakeCoordinator()
    await fake.listen()
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async listen(): Promise<void> {
    const http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    this.#io = createSocketServer(http)
    this.#participants(this.#io)
    this.#watchers(this.#io)
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve))
    this.port = (http.address() as AddressInfo).port
    this.#http = http
  }

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
    const number = String(this.members.length + 1).padStart(8, '0')
    const member = { participant: `par_${number}` as ParticipantId, name, token: `token-${number}`, left: false }
    this.members.push(member)
    return member
  }

  #participants(io: SocketServer): void {
    const namespace = io.of(PARTICIPANT_NAMESPACE)
    namespace.use((socket, next) => {
      this.handshakes.push(socket.handshake.auth)
      const refusal = this.admitSocket() ?? this.#handshakeRefusal(socket.handshake.auth)
      if (refusal === null) next()
      else next(refusal instanceof TributaryError ? Object.assign(new Error(refusal.code), { data: refusal.toBody() }) : refusal)
    })
    namespace.on('connection', (socket) => {
      this.socket = socket
      const member = this.#memberOf(handshakeSchema.parse(socket.handshake.auth).token)
      if (member === undefined) return
      const { participant, name } = member
      if (this.welcomes)
        socket.emit('welcome', { federation: FEDERATION, participant, name, serverTime: new Date().toISOString() })
      socket.on('ready', (message, acknowledge) => {
        this.ready.push(message as Ready)
        if (!this.acknowledgesReady) return
        acknowledge?.({ ok: true })
        this.onReady(socket)
      })
      socket.on('progress', (message) => this.progress.push(message))
      socket.on('trainingFailed', (message, acknowledge) => {
        this.failures.push(message as { run: string; round: number; reason: string })
        acknowledge?.({ ok: true })
      })
      socket.on('leave', (message, acknowledge) => {
        this.farewells.push((message as { reason: string }).reason)
        member.left = true
        if (this.acknowledgesLeave) acknowledge?.({ ok: true })
        else socket.disconnect(true)
      })
    })
  }

  #watchers(io: SocketServer): void {
    const namespace = io.of(WATCH_NAMESPACE)
    namespace.on('connection', (socket) => this.onWatcher(socket))
  }

  #handshakeRefusal(auth: unknown): TributaryError | null {
    const parsed = handshakeSchema.safeParse(auth)
    if (!parsed.success) return new TributaryError('unauthenticated')
    const { protocol, token } = parsed.data
    if (protocol !== PROTOCOL_VERSION) return new TributaryError('protocol_version_unsupported')
    const member = this.#memberOf(token)
    if (member === undefined) return new TributaryError('unauthenticated')
    return member.left ? new TributaryError('participant_left') : null
  }

  #memberOf(token: string): Member | undefined {
    return this.members.find((member) => member.token === token)
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
    const index = this.faults.findIndex((fault) => fault.method === method && path.includes(fault.path))
    const fault = index < 0 ? undefined : this.faults.splice(index, 1)[0]
    if (fault?.refuse !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      return this.#refuse(request, response, fault.refuse)
    }
    if (fault?.answer !== undefined) {
      request.resume()
      response.writeHead(fault.answer.status).end(fault.answer.body)
      return
    }
    const model = /^\/api\/v1\/models\/([0-9a-f]{64})$/.exec(path)?.[1]
    const update = /^\/api\/v1\/runs\/(\w+)\/rounds\/(\d+)\/update$/.exec(path)
    if (path === routes.join) return this.#join(request, response)
    if (model !== undefined) return this.#sendModel(request, response, model, fault)
    if (update !== null) return this.#update(request, response, url, `${update[1]}`, Number(update[2]), fault)
    const body = (await readAll(request)).toString('utf8')
    const answer = this.answers.get(`${method} ${path}`)
    if (answer === undefined) return this.#refuse(request, response, new TributaryError('not_found', { what: 'page', id: path }))
    json(response, 200, answer(url, body))
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: TributaryError): void {
    request.resume()
    json(response, error.status, error.toBody())
  }

  async #join(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { code, name } = joinSchema.parse(JSON.parse((await readAll(request)).toString('utf8')))
    if (!this.invites.delete(code)) return this.#refuse(request, response, new TributaryError('invite_used'))
    const { participant, token } = this.addMember(name)
    json(response, 200, {
      account: 'acc_00000001',
      name,
      role: 'institution',
      federation: FEDERATION,
      participant,
      token,
      protocol: PROTOCOL_VERSION,
    })
  }

  #sendModel(request: IncomingMessage, response: ServerResponse, sha256: string, fault: Fault | undefined): void {
    const bytes = this.models.get(sha256)
    if (bytes === undefined) {
      this.#refuse(request, response, new TributaryError('not_found', { what: 'model', id: sha256 }))
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

  async #update(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    run: string,
    round: number,
    fault: Fault | undefined,
  ): Promise<void> {
    const { sha256, bytes, offset } = uploadQuerySchema.parse(Object.fromEntries(url.searchParams))
    const key = `${run}/${round}/${sha256}`
    const stored = this.stored.get(key) ?? new Uint8Array(0)
    if (request.method === 'HEAD') {
      response.writeHead(200, { [UPLOAD_OFFSET_HEADER]: String(stored.byteLength) }).end()
      return
    }
    if (offset !== 0 && offset !== stored.byteLength) {
      const details = { expected: stored.byteLength, actual: offset }
      return this.#refuse(request, response, new TributaryError('upload_offset_mismatch', details))
    }
    const taken = await readAll(request, fault?.cutAfter)
    const whole = Buffer.concat([stored.subarray(0, offset), taken])
    this.stored.set(key, new Uint8Array(whole))
    if (fault?.cutAfter !== undefined) {
      request.socket.destroy()
      return
    }
    const refusal = this.#judge(whole, sha256, bytes) ?? this.admit(run, round)
    if (refusal !== null) return this.#refuse(request, response, refusal)
    const repeated = this.accepted.has(key)
    this.accepted.set(key, new Uint8Array(whole))
    if (fault?.swallowAnswer) request.socket.destroy()
    else json(response, 200, { status: 'accepted', repeated, run, round, sha256 })
  }

  #judge(whole: Uint8Array, sha256: string, bytes: number): TributaryError | null {
    if (whole.byteLength < bytes) return error('update_truncated', { actual: whole.byteLength, expected: bytes })
    if (whole.byteLength > bytes) return error('update_trailing_bytes', { expected: bytes })
    const actual = createSha256().update(whole).hex()
    return actual === sha256 ? null : error('update_hash_mismatch', { actual, expected: sha256 })
  }
}

const error = (code: ErrorCode, details: ErrorDetails) => new TributaryError(code, details)

/** The body, or its first `limit` bytes. */
async function readAll(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
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

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
