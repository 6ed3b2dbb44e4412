import type { Readable } from 'node:stream'
import {
  routes,
  runIdSchema,
  TributaryError,
  UPLOAD_OFFSET_HEADER,
  updateReceiptSchema,
  uploadQuerySchema,
} from '@tributary/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { UpdateUpload, UploadRequest } from './update-upload.ts'

const params = z.strictObject({ run: runIdSchema, round: z.coerce.number().int().min(1) })

/** Updates come in here: PUT from an offset, HEAD for the offset. Only for participants, each for itself. */
export function uploadRoutes(upload: () => UpdateUpload): FastifyPluginAsync {
  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()
    // The raw stream is handed on; its length is counted while it is written, since bodyLimit does not bound it.
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

    app.head(
      routes.update(':run', ':round'),
      {
        schema: {
          params,
          querystring: uploadQuerySchema,
          tags: ['updates'],
          summary: 'Bytes of an update that need not be sent again',
        },
      },
      async (request, reply) => {
        const offset = await upload().offset(uploadOf(request, request.params, request.query))
        return reply.header(UPLOAD_OFFSET_HEADER, String(offset)).send()
      },
    )

    app.put(
      routes.update(':run', ':round'),
      {
        schema: {
          params,
          querystring: uploadQuerySchema,
          tags: ['updates'],
          summary: 'Send an update, or the rest of one',
          consumes: ['application/octet-stream'],
          body: z.any().meta({ type: 'string', format: 'binary' }),
          response: { 200: updateReceiptSchema },
        },
      },
      async (request) => upload().receive(uploadOf(request, request.params, request.query), request.body as Readable),
    )
  }
}

function uploadOf(
  request: FastifyRequest,
  place: z.infer<typeof params>,
  query: z.infer<typeof uploadQuerySchema>,
): UploadRequest {
  return { ...place, ...query, ...senderOf(request) }
}

function senderOf({ account }: FastifyRequest): Pick<UploadRequest, 'participant' | 'federation'> {
  if (account === null || account === undefined) throw new TributaryError('unauthenticated')
  const { role, participant, federation } = account
  if (participant === null || federation === null) throw new TributaryError('forbidden', { role, action: 'send an update' })
  return { participant, federation }
}
