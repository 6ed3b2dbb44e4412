import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Below every system's range of ports for outgoing connections (Linux 32768, others 49152), above those of services. */
const FROM = 20_000
const TO = 30_000

/**
 * A port for a server that is killed and comes back to it. One that the system chose would be in the range of outgoing connections:
 * whoever tries to reach the dead server may then be given that very port as its own, and the server finds it taken.
 */
export async function fixedPort(): Promise<number> {
  for (;;) {
    const wanted = FROM + Math.floor(Math.random() * (TO - FROM))
    const server = createServer()
    try {
      server.listen(wanted, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    } finally {
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    }
  }
}
