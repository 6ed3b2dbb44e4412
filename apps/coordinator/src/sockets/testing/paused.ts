import type { Socket } from 'socket.io-client'

/** A client that goes on sending and reads nothing. @returns lets it read again */
export function pauseReading({ io }: Socket): () => void {
  const { transport } = io.engine as unknown as { transport: { ws: { _socket: { pause(): void; resume(): void } } } }
  const tcp = transport.ws._socket
  tcp.pause()
  return () => tcp.resume()
}
