import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsync } from 'fastify'

const files = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/status.js': { file: 'status.js', type: 'text/javascript; charset=utf-8' },
  '/status.css': { file: 'status.css', type: 'text/css; charset=utf-8' },
} as const

/** The plain status page: three files, no data of their own; the page asks the API with the token of its address. */
export function statusRoutes(): FastifyPluginAsync {
  return async (app) => {
    for (const [url, { file, type }] of Object.entries(files)) {
      const content = await readFile(new URL(`./${file}`, import.meta.url))
      app.get(url, { schema: { hide: true } }, async (_request, reply) =>
        reply.type(type).header('cache-control', 'no-cache').send(content),
      )
    }
  }
}
