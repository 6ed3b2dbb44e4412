import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { Duplex } from 'node:stream'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** What the coordinator says of its own pages. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** One origin before a coordinator: pages of a folder under /page/, everything else goes through. It can cut the line. */
export interface Gate {
  readonly url: string
  /** Breaks all connections and takes no more until restored. */
  cut(): void
  restore(): void
  /** Cuts the line once so many bytes of the next upload went through. */
  cutNextUploadAfter(bytes: number): void
  /** Addresses of uploads so far, in order. */
  readonly uploads: readonly string[]
  close(): Promise<void>
}

export async function openGate(coordinator: { port: number }, pages: string): Promise<Gate> {
  const sockets = new Set<Socket>()
  const uploads: string[] = []
  let isCut = false
  let cutAfter: number | null = null
  const breakAll = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const cut = () => {
    isCut = true
    breakAll()
  }
  const server = createServer((incoming, answer) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://gate')
    if (pathname.startsWith('/page/')) void servePage(pages, pathname.slice('/page/'.length) || 'index.html', answer)
    else {
      if (incoming.method === 'PUT') {
        uploads.push(incoming.url ?? '')
        if (cutAfter !== null) afterBytes(incoming, cutAfter, cut)
        cutAfter = null
      }
      passOn(incoming, answer, coordinator.port)
    }
  })
  server.on('connection', (socket: Socket) => {
    if (isCut) return socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    return undefined
  })
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const line = connect(coordinator.port, '127.0.0.1', () => {
      const headers = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []))
      line.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      line.write(head)
      line.pipe(client)
      client.pipe(line)
    })
    for (const end of [line, client]) end.on('error', () => [line, client].map((each) => each.destroy()))
    client.on('close', () => line.destroy())
    line.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    restore() {
      isCut = false
    },
    cutNextUploadAfter(bytes) {
      cutAfter = bytes
    },
    uploads,
    async close() {
      breakAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Time for what went through to arrive. */
const ARRIVAL_MS = 300

/** Lets so many bytes of a body through, holds the rest, and tells. */
function afterBytes(incoming: IncomingMessage, bytes: number, then: () => void): void {
  let seen = 0
  incoming.on('data', (piece: Buffer) => {
    const before = seen
    seen += piece.length
    if (before >= bytes || seen < bytes) return
    // The piece at hand still goes through.
    incoming.unpipe()
    incoming.pause()
    setTimeout(then, ARRIVAL_MS)
  })
}

async function servePage(folder: string, path: string, answer: ServerResponse): Promise<void> {
  const file = join(folder, normalize(`/${path}`))
  const found = await stat(file).catch(() => null)
  if (found === null || !found.isFile()) {
    answer.writeHead(404).end()
    return
  }
  const type = types[extname(file)] ?? 'application/octet-stream'
  answer.writeHead(200, { 'content-type': type, 'content-length': found.size, 'content-security-policy': POLICY })
  createReadStream(file).pipe(answer)
}

function passOn(incoming: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url, headers } = incoming
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  incoming.on('close', () => incoming.complete || onward.destroy())
  incoming.pipe(onward)
}
