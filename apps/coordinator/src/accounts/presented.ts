import type { IncomingHttpHeaders } from 'node:http'
import { fastifyCookie } from '@fastify/cookie'
import { CSRF_HEADER, SESSION_COOKIE, TributaryError } from '@tributary/protocol'
import type { FastifyRequest } from 'fastify'
import { bearerToken, type Presented } from '../access/authentication.ts'
import { requireOwnOrigin } from './own-origin.ts'

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The session cookie's value, if it can be one. */
export function sessionCookieOf({ cookie }: IncomingHttpHeaders): string | null {
  const value = cookie === undefined ? undefined : fastifyCookie.parse(cookie)[SESSION_COOKIE]
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : null
}

/**
 * What a call presents: a token when there is one, else the session of its cookie. A token needs no protection against other sites,
 * which cannot make a browser send it.
 * @throws unauthenticated, origin_refused
 */
export function presentedBy(request: FastifyRequest, publicUrl: string | null): Presented {
  const { headers, method } = request
  if (headers.authorization !== undefined) return { kind: 'token', token: bearerToken(request) }
  const id = sessionCookieOf(headers)
  if (id === null) throw new TributaryError('unauthenticated')
  if (CHANGES_NOTHING.has(method)) return { kind: 'session', id, csrf: null }
  requireOwnOrigin(headers, publicUrl)
  const csrf = headers[CSRF_HEADER]
  return { kind: 'session', id, csrf: typeof csrf === 'string' ? csrf : '' }
}
