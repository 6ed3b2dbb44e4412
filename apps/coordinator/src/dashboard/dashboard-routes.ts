import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { statusRoutes } from '../status-page/status-routes.ts'

/** Where `vite build apps/dashboard` puts the pages. */
export const builtDashboard = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

/** Addresses that are no pages: an unknown one of these is `not_found`, not the dashboard. */
const NO_PAGE = /^\/(api|assets|socket\.io|healthz|readyz|metrics|openapi\.json)(\/|\?|$)/

/**
 * The dashboard as it was built in `folder`, at every address that is not the API's; without a build the plain status page, and a
 * line in the log that says how to build. No token is needed: the pages hold nothing of their own.
 */
export function dashboardRoutes(folder: string = builtDashboard): FastifyPluginAsync {
  return async (app) => {
    const page = join(folder, 'index.html')
    if (!existsSync(page)) {
      app.log.warn(
        { folder },
        'the dashboard is not built, a plain status page is served: run `node scripts/bootstrap.mjs dashboard`',
      )
      await app.register(statusRoutes())
      return
    }
    await app.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      // Names carry a hash of the content.
      immutable: true,
      maxAge: '365d',
    })
    app.get('/*', { schema: { hide: true } }, async (request, reply) => {
      if (NO_PAGE.test(request.url)) return reply.callNotFound()
      // Read anew: a build may have replaced it since.
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(await readFile(page))
    })
  }
}
