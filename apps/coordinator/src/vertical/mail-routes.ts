import { Readable } from 'node:stream'
import {
  inboxQuerySchema,
  MAX_ENVELOPE_BYTES,
  mailReceiptSchema,
  mailSchema,
  routes,
  runIdSchema,
  sha256Schema,
  TributaryError,
} from '@tributary/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callerOf } from '../access/authentication.ts'
import { callersParty, visibleVerticalRun } from './caller-as-party.ts'
import type { MailRoom } from './mail-room.ts'
import type { VerticalEngine } from './vertical-engine.ts'

const params = z.strictObject({ run: runIdSchema })
const tags = ['vertical runs']

/** Sealed messages: each party sends in its own name and reads its own mail. */
export function mailRoutes(engine: VerticalEngine, mailRoom: MailRoom): FastifyPluginAsync {
  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()
    // The raw stream is handed on; its length is counted while it is written, since bodyLimit does not bound it.
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

    app.put(
      routes.verticalMessages(':run'),
      {
        schema: {
          tags,
          summary: 'Send a sealed message',
          params,
          consumes: ['application/octet-stream'],
          body: z.any().meta({ type: 'string', format: 'binary' }),
          response: { 200: mailReceiptSchema },
        },
      },
      async (request) => {
        const body = streamOf(request)
        try {
          const account = callerOf(request)
          const run = await visibleVerticalRun(engine, account, request.params.run)
          const { name } = callersParty(account, run, 'send a message')
          if (Number(request.headers['content-length'] ?? 0) > MAX_ENVELOPE_BYTES)
            throw new TributaryError('body_too_large', { limit: MAX_ENVELOPE_BYTES })
          return await mailRoom.receive(run, name, body)
        } finally {
          // An undrained body would keep its connection, and a closing server waits for it.
          body.resume()
        }
      },
    )

    app.get(
      routes.verticalInbox(':run'),
      {
        schema: {
          tags,
          summary: "The caller's mail after a cursor",
          params,
          querystring: inboxQuerySchema,
          response: { 200: z.array(mailSchema) },
        },
      },
      async (request) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'read mail')
        return mailRoom.inbox(run, name, request.query.after, request.query.limit)
      },
    )

    app.get(
      routes.verticalMessage(':run', ':sha256'),
      {
        schema: {
          tags,
          summary: 'A sealed message, for its receiver',
          params: params.extend({ sha256: sha256Schema }),
          produces: ['application/octet-stream'],
        },
      },
      async (request, reply) => {
        const account = callerOf(request)
        const run = await visibleVerticalRun(engine, account, request.params.run)
        const { name } = callersParty(account, run, 'read mail')
        const { bytes, stream } = await mailRoom.open(run, name, request.params.sha256)
        return reply.type('application/octet-stream').header('content-length', bytes).send(stream)
      },
    )
  }
}

/** @throws unsupported_media_type */
function streamOf({ body = Readable.from([]), headers }: FastifyRequest): Readable {
  if (body instanceof Readable) return body
  throw new TributaryError('unsupported_media_type', {
    actual: headers['content-type'] ?? 'none',
    expected: 'application/octet-stream',
  })
}
