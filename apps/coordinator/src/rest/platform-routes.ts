import { routes, TributaryError } from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import type { Store } from '../storage/store.ts'

/** For operators and their tools; no token, no names. */
export function platformRoutes(store: Store, registry: Registry, closing: () => boolean): FastifyPluginAsync {
  return async (app) => {
    const hidden = { schema: { hide: true } }
    app.get(routes.health, hidden, async () => ({ status: 'alive' }))
    app.get(routes.ready, hidden, async () => {
      if (closing()) throw new TributaryError('unavailable')
      try {
        await store.ping()
      } catch (error) {
        throw new TributaryError('unavailable', {}, { cause: error })
      }
      return { status: 'ready' }
    })
    app.get(routes.metrics, hidden, async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()))
    app.get(routes.openapi, hidden, async () => app.swagger())
  }
}
