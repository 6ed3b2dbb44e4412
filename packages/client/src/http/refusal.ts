import { errorBodySchema, TributaryError } from '@tributary/protocol'

/**
 * The error that an answer outside 2xx stands for. One that is not of this protocol (a proxy's page, an answer to HEAD) is
 * judged by its status: 429 and 5xx go by, the rest is `unexpected`.
 */
export function refusal(answer: Pick<Response, 'status' | 'url' | 'headers'>, text: string): TributaryError {
  const error = fromText(text) ?? fromStatus(answer)
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN)
  if (!error.retryable || error.details.retryAfter !== undefined || !Number.isFinite(retryAfter)) return error
  return new TributaryError(error.code, { ...error.details, retryAfter })
}

function fromText(text: string): TributaryError | null {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return null
  }
  return errorBodySchema.safeParse(body).success ? TributaryError.fromBody(body) : null
}

function fromStatus({ status, url }: Pick<Response, 'status' | 'url'>): TributaryError {
  if (status === 429) return new TributaryError('rate_limited')
  if (status === 408 || status >= 500) return new TributaryError('unavailable', { status })
  return new TributaryError('unexpected', { reason: `HTTP ${status} without an error of this protocol from ${url}` })
}
