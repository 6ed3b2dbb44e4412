import { SESSION_COOKIE, type Session } from '@tributary/protocol'
import type { FastifyReply } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { callerActionsOf } from '../access/permissions.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { csrfOf, type OpenSession } from './sessions.ts'

/** A session as the one that has it sees it. */
export function presentSession({ sessions }: AccountsDeps, id: string, { session, user }: OpenSession): Session {
  const { id: account, name, role, federation, participant, mustChangePassword } = user
  const hasPassword = user.passwordHash !== null
  const actions = callerActionsOf(personBySession(user, session.idHash))
  return {
    account,
    name,
    role,
    federation,
    participant,
    csrf: csrfOf(id),
    expiresAt: new Date(sessions.endOf(session)).toISOString(),
    mustChangePassword,
    hasPassword,
    allowedActions: mustChangePassword
      ? ['changePassword']
      : actions.filter((action) => action !== 'changePassword' || hasPassword),
  }
}

/** Enough of a caller for what it may do. */
export const personBySession = (
  { id, name, role, federation, mustChangePassword }: OpenSession['user'],
  idHash: string,
): Caller => ({ id, name, role, federation, participant: null, own: null, by: 'session', session: idHash, mustChangePassword })

/** A cookie that no script reads and no other site makes a browser send. */
export function setSessionCookie({ options }: AccountsDeps, reply: FastifyReply, id: string): void {
  reply.setCookie(SESSION_COOKIE, id, { ...cookieFlags(options), maxAge: options.sessionSeconds })
}

export const clearSessionCookie = ({ options }: AccountsDeps, reply: FastifyReply): void =>
  void reply.clearCookie(SESSION_COOKIE, cookieFlags(options))

const cookieFlags = ({ publicUrl }: AccountsDeps['options']) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: publicUrl?.startsWith('https:') ? true : ('auto' as const),
})
