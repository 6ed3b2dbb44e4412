import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { unmaskedFrames } from './websocket-frames.ts'

/** One thing that a browser sent. */
export interface Sent {
  readonly host: string
  readonly what: string
  /** Request line, headers and body; of a socket all its frames, unmasked. */
  readonly bytes: () => Uint8Array
}

/**
 * An HTTP proxy that keeps every byte a browser sends, to whatever origin, and lets through only what goes to one. The browser needs
 * `--proxy-server` and `--proxy-bypass-list=<-loopback>`, else it goes past it.
 */
export interface RequestRecorder {
  readonly address: string
  readonly sent: readonly Sent[]
  close(): Promise<void>
}

export async function recordRequests(allowedPort: number): Promise<RequestRecorder> {
  const sent: Sent[] = []
  const sockets = new Set<Duplex>()
  const allowed = `127.0.0.1:${allowedPort}`

  const passOn = (incoming: IncomingMessage, answer: ServerResponse) => {
    const { method, url = '/', rawHeaders } = incoming
    const target = new URL(url, `http://${incoming.headers.host}`)
    const head = Buffer.from(`${method} ${url}\r\n${rawHeaders.join('\r\n')}\r\n\r\n`, 'latin1')
    const pieces: Buffer[] = [head]
    sent.push({ host: target.host, what: `${method} ${target.pathname}`, bytes: () => Buffer.concat(pieces) })
    incoming.on('data', (piece: Buffer) => pieces.push(piece))
    if (target.host !== allowed) {
      answer.writeHead(502).end()
      return
    }
    const { 'proxy-connection': _, ...headers } = incoming.headers
    const onward = request({ host: '127.0.0.1', port: allowedPort, method, path: target.pathname + target.search, headers })
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  }

  const server = createServer(passOn)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // WebSockets come as tunnels.
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    // A browser that ends breaks off what it has open, also what is refused here.
    client.on('error', () => client.destroy())
    const host = incoming.url ?? ''
    const pieces: Buffer[] = []
    sent.push({ host, what: 'a socket', bytes: () => unmaskedFrames(Buffer.concat(pieces)) })
    if (host !== allowed) {
      client.end('HTTP/1.1 502 Not here\r\n\r\n')
      return
    }
    const line = connect(allowedPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      if (head.length > 0) {
        pieces.push(head)
        line.write(head)
      }
      client.on('data', (piece: Buffer) => pieces.push(piece))
      client.pipe(line)
      line.pipe(client)
    })
    line.on('error', () => client.destroy())
    client.on('close', () => line.destroy())
    line.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
