import { randomBytes } from 'node:crypto'
import { TributaryError } from '@tributary/protocol'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { RefusalLog } from '../refusal-log.ts'

/** Every refusal leaves with its code, in the caller's language. */
export function answerErrors(app: FastifyInstance, refusals: RefusalLog | undefined): void {
  const refuse = (request: FastifyRequest, reply: FastifyReply, error: TributaryError): FastifyReply => {
    refusals?.add({ code: error.code, from: request.ip })
    return answer(request, reply, error)
  }
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, new TributaryError('not_found', { what: 'route', id: request.url.split('?')[0] ?? '' })),
  )
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(request, reply, understood(error, request)))
}

function understood(error: FastifyError, request: FastifyRequest): TributaryError {
  if (error instanceof TributaryError) return error
  if (hasZodFastifySchemaValidationErrors(error))
    return new TributaryError('bad_request', { issues: error.validation.map(({ message }) => message).join('; ') })
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return new TributaryError('bad_request', { issues: error.message })
  const reference = randomBytes(4).toString('hex')
  request.log.error({ err: error, reference }, 'a request broke')
  return new TributaryError('internal', { reference })
}

const answer = (request: FastifyRequest, reply: FastifyReply, error: TributaryError): FastifyReply =>
  reply
    .status(error.status === 0 ? 500 : error.status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(error.toBody(/^\s*zh/i.test(request.headers['accept-language'] ?? '') ? 'zh' : 'en'))
