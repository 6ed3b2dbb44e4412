import { createServer } from 'node:net'

/**
 * The wanted port if it is free on this host, else 0: whoever listens chooses then, and tells. One that is chosen here could be
 * another program's by the time that it is used.
 */
export function portOrAny(wanted: number, host: string): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(0))
    server.listen(wanted, host, () => server.close(() => resolve(wanted)))
  })
}
