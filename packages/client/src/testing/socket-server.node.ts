import type { Server as HttpServer } from 'node:http'
import { createRequire } from 'node:module'

/** The part of a Socket.IO server that the fake coordinator uses. */
export interface ServerSocket {
  readonly handshake: { readonly auth: unknown }
  readonly connected: boolean
  on(event: string, listener: (message: unknown, acknowledge?: (answer: unknown) => void) => void): void
  emit(event: string, message: unknown): void
  disconnect(close: boolean): void
}
interface ServerNamespace {
  use(middleware: (socket: ServerSocket, next: (error?: Error) => void) => void): void
  on(event: 'connection', listener: (socket: ServerSocket) => void): void
}
export interface SocketServer {
  of(namespace: string): ServerNamespace
  disconnectSockets(close: boolean): void
  readonly engine: { close(): void }
}

// The server is the coordinator's dependency, not the client's; only these tests need it here.
const requireOfCoordinator = createRequire(new URL('../../../../apps/coordinator/package.json', import.meta.url))

export function createSocketServer(http: HttpServer): SocketServer {
  const { Server } = requireOfCoordinator('socket.io') as {
    Server: new (http: HttpServer, options: { transports: string[]; serveClient: boolean }) => SocketServer
  }
  return new Server(http, { transports: ['websocket'], serveClient: false })
}
