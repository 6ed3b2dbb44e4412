import { routes, sha256Schema, TributaryError } from '@tributary/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import { maySee } from '../access/permissions.ts'
import type { RestDeps } from './rest-deps.ts'

const params = z.strictObject({ sha256: sha256Schema })

/**
 * First byte and last byte (inclusive) of a single range; 'unsatisfiable' beyond the end; null for the whole, also when the range
 * is none (a last byte before the first: RFC 9110, section 14.1.1) or of a kind that is not taken here.
 */
export function parseRange(header: string | undefined, size: number): { start: number; end: number } | null | 'unsatisfiable' {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '')
  if (match === null) return null
  const start = Number(match[1])
  const end = match[2] === '' ? Number.POSITIVE_INFINITY : Number(match[2])
  if (end < start) return null
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size - 1) }
}

/** Models by their content address, for members of a federation that has them. */
export function modelRoutes({ store, blobs, onModelDownload }: RestDeps): FastifyPluginAsync {
  return async (instance) => {
    instance.withTypeProvider<ZodTypeProvider>().get(
      routes.model(':sha256'),
      {
        schema: {
          tags: ['models'],
          summary: "A model's bytes, whole or by Range",
          params,
          produces: ['application/octet-stream'],
        },
      },
      async (request, reply) => {
        const account = callerOf(request)
        const { sha256 } = request.params
        const owners = await store.runsWithModel(sha256)
        const size = owners.some(({ federation }) => maySee(account, federation)) ? await blobs.size(sha256) : null
        if (size === null) throw new TributaryError('not_found', { what: 'model', id: sha256 })
        const range = parseRange(request.headers.range, size)
        reply
          .headers({ etag: `"${sha256}"`, 'accept-ranges': 'bytes', 'cache-control': 'private, immutable, max-age=31536000' })
          .type('application/octet-stream')
        if (range === 'unsatisfiable') return reply.status(416).header('content-range', `bytes */${size}`).send()
        const { start, end } = range ?? { start: 0, end: size - 1 }
        const stream = await blobs.open(sha256, { start, end })
        // Fastify answers HEAD by this route too.
        if (request.method === 'GET') reply.raw.once('finish', () => onModelDownload(account, sha256, end - start + 1))
        reply.header('content-length', end - start + 1)
        if (range !== null) reply.status(206).header('content-range', `bytes ${start}-${end}/${size}`)
        return reply.send(stream)
      },
    )
  }
}
