import { adminAuditPageSchema, adminAuditQuerySchema, routes } from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { callerOf } from '../access/authentication.ts'
import { requirePermission } from '../access/permissions.ts'
import type { AccountsDeps } from './accounts-deps.ts'

/** The audit log, for admins: of the coordinator all of it, of a federation that federation's. */
export function auditLogRoutes({ store }: AccountsDeps): FastifyPluginAsync {
  return async (instance) => {
    instance.withTypeProvider<ZodTypeProvider>().get(
      routes.audit,
      {
        schema: {
          tags: ['audit'],
          summary: 'What was done, newest first',
          querystring: adminAuditQuerySchema,
          response: { 200: adminAuditPageSchema },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        requirePermission(caller, 'readAudit')
        const { before, limit } = request.query
        const { headSeq, entries } = await store.people.audit({
          limit,
          ...(before === undefined ? {} : { before }),
          ...(caller.federation === null ? {} : { federation: caller.federation }),
        })
        return { headSeq, entries: entries.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() })) }
      },
    )
  }
}
