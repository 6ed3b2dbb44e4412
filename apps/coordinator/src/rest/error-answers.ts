import { randomBytes } from 'node:crypto'
import { type Language, TributaryError } from '@tributary/protocol'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'

/** Every refusal leaves as one shape, with its code, in the caller's language. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    send(request, reply, new TributaryError('not_found', { what: 'route', id: request.url.split('?')[0] ?? '' })),
  )
  app.setErrorHandler(answerError)
}

/** Also for what the router refuses before any route is found. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asTributaryError(error, request)
  if (known !== null) return send(request, reply, known)
  const reference = randomBytes(4).toString('hex')
  // Nobody is left to answer, and nothing is broken here.
  if (error.code === 'ECONNRESET' && request.raw.readableAborted) request.log.debug('a caller went away')
  else request.log.error({ err: error, reference }, 'a request broke')
  return send(request, reply, new TributaryError('internal', { reference }))
}

function asTributaryError(error: FastifyError, request: FastifyRequest): TributaryError | null {
  if (error instanceof TributaryError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(
      ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.') || error.validationContext}: ${message}`,
    )
    return new TributaryError('bad_request', { issues: issues.join('; ') })
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TributaryError('body_too_large', { limit: request.routeOptions.bodyLimit ?? 0 })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new TributaryError('unsupported_media_type', {
        actual: request.headers['content-type'] ?? 'none',
        expected: 'application/json',
      })
  }
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500 ? new TributaryError('bad_request', { issues: error.message }) : null
}

function send(request: FastifyRequest, reply: FastifyReply, error: TributaryError): FastifyReply {
  const language: Language = /^\s*zh/i.test(request.headers['accept-language'] ?? '') ? 'zh' : 'en'
  const { retryAfter } = error.details
  if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter))
  return reply
    .status(error.status === 0 ? 500 : error.status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(error.toBody(language))
}
