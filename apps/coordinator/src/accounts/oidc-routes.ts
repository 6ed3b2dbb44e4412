import { randomBytes } from 'node:crypto'
import { fastifyCookie } from '@fastify/cookie'
import { accountIdSchema, accountNameSchema, oidcStartQuerySchema, routes, TributaryError } from '@tributary/protocol'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { hashSecret } from '../access/tokens.ts'
import type { UserRecord } from '../storage/accounts-store.ts'
import type { AccountsDeps } from './accounts-deps.ts'
import { auditEntry } from './audit-trail.ts'
import { presentParticipantOf } from './identified.ts'
import { OidcProvider, type ProviderIdentity } from './oidc-provider.ts'
import { sessionCookieOf } from './presented.ts'
import { personBySession, setSessionCookie } from './session-answers.ts'

const ATTEMPT_COOKIE = 'tributary_sso'
const ATTEMPT_SECONDS = 600
const params = z.strictObject({ provider: z.string().max(40) })

/** Single sign-on: a browser goes to the provider and comes back with a code; here it becomes a session. */
export function oidcRoutes(deps: AccountsDeps): FastifyPluginAsync {
  const { store, options, now, sessions } = deps
  const { people } = store
  const providers = new Map(options.oidc.map((one) => [one.id, new OidcProvider(one)]))

  const providerFor = (id: string): OidcProvider => {
    const provider = providers.get(id)
    if (provider === undefined) throw new TributaryError('not_found', { what: 'provider', id })
    return provider
  }
  const base = (request: FastifyRequest) => options.publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`
  // Sent along when the provider sends the browser back, which a strict one is not.
  const attemptFlags = {
    path: '/api/v1/auth/oidc',
    httpOnly: true,
    sameSite: 'lax' as const,
    secure: options.publicUrl?.startsWith('https:') ? true : ('auto' as const),
  }
  const rateLimit = { max: 60, timeWindow: '1 minute', keyGenerator: ({ ip }: FastifyRequest) => ip }

  return async (instance) => {
    const app = instance.withTypeProvider<ZodTypeProvider>()

    app.get(
      routes.oidcStart(':provider'),
      {
        config: { rateLimit },
        schema: { tags: ['sessions'], summary: 'Go to a single sign-on provider', params, querystring: oidcStartQuerySchema },
      },
      async (request, reply) => {
        const provider = providerFor(request.params.provider)
        const { id } = provider.options
        const returnTo = ownPath(request.query.return)
        try {
          const { url, expectation } = await provider.begin(`${base(request)}${routes.oidcCallback(id)}`)
          const secret = randomBytes(32).toString('base64url')
          const expiresAt = new Date(now() + ATTEMPT_SECONDS * 1000)
          await people.createAttempt({ idHash: hashSecret(secret), provider: id, ...expectation, returnTo, expiresAt })
          reply.setCookie(ATTEMPT_COOKIE, secret, { ...attemptFlags, maxAge: ATTEMPT_SECONDS })
          return reply.redirect(url.href, 303)
        } catch (error) {
          return backToSignIn(request, reply, error)
        }
      },
    )

    app.get(
      routes.oidcCallback(':provider'),
      { config: { rateLimit }, schema: { tags: ['sessions'], summary: 'Come back from a single sign-on provider', params } },
      async (request, reply) => {
        const provider = providerFor(request.params.provider)
        reply.clearCookie(ATTEMPT_COOKIE, attemptFlags)
        try {
          const { id } = provider.options
          const attempt = await attemptOf(request, id)
          const { search } = new URL(request.url, 'http://here')
          const identity = await provider.finish(new URL(`${base(request)}${routes.oidcCallback(id)}${search}`), attempt)
          const user = await admit(provider, identity, request.ip)
          const audit = auditEntry(personBySession(user, ''), request.ip, new Date(now()), {
            action: 'session.start',
            target: user.id,
            details: { with: id },
          })
          const started = await sessions.start(user, 'provider', sessionCookieOf(request.headers), audit)
          setSessionCookie(deps, reply, started.id)
          return reply.redirect(attempt.returnTo, 303)
        } catch (error) {
          return backToSignIn(request, reply, error)
        }
      },
    )
  }

  /** The attempt that this browser began here. @throws oidc_failed */
  async function attemptOf({ headers }: FastifyRequest, provider: string) {
    const secret = fastifyCookie.parse(headers.cookie ?? '')[ATTEMPT_COOKIE]
    const attempt = secret === undefined ? null : await people.takeAttempt(hashSecret(secret))
    if (attempt === null || attempt.provider !== provider || attempt.expiresAt.getTime() <= now())
      throw new TributaryError('oidc_failed', { reason: 'this sign-in was not begun in this browser, or too long ago' })
    return attempt
  }

  /**
   * The account of somebody whom the provider knows: by issuer and subject, and only the first time by what an admin enrolled.
   * @throws oidc_not_enrolled, account_disabled
   */
  async function admit(provider: OidcProvider, identity: ProviderIdentity, address: string): Promise<UserRecord> {
    const { issuer } = provider.options
    const { subject, email } = identity
    const user =
      (await people.userBySubject(issuer, subject)) ??
      (await people.linkIdentity(issuer, subject, email)) ??
      (await provision(provider, identity, address))
    if (user === null) throw new TributaryError('oidc_not_enrolled')
    if (user.disabledAt !== null) throw new TributaryError('account_disabled')
    await presentParticipantOf(store, user.participant)
    return user
  }

  async function provision(
    { options: { id: provider, issuer, autoProvision } }: OidcProvider,
    { subject, email, called }: ProviderIdentity,
    address: string,
  ): Promise<UserRecord | null> {
    if (autoProvision === null) return null
    const at = new Date(now())
    for (const wanted of [email, called, `${provider}-${randomBytes(6).toString('hex')}`]) {
      const name = accountNameSchema.safeParse(wanted ?? '')
      if (!name.success || (await people.userByName(name.data)) !== null) continue
      const user: UserRecord = {
        id: accountIdSchema.parse(`acc_${randomBytes(8).toString('hex')}`),
        name: name.data,
        ...autoProvision,
        participant: null,
        passwordHash: null,
        mustChangePassword: false,
        createdAt: at,
        lastSignInAt: null,
        disabledAt: null,
        identity: { issuer, subject, email: null, linked: true },
      }
      const details = { name: user.name, role: user.role, provider, provisioned: true }
      const { federation } = autoProvision
      await people.createUser(
        user,
        auditEntry(null, address, at, { action: 'user.create', target: user.id, federation, details }),
      )
      return user
    }
    return null
  }
}

/** A browser stands here, so a refusal is a page: the sign-in page says the code's words. */
function backToSignIn(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof TributaryError)) throw error
  request.log.warn({ refusal: error.code, details: error.details }, 'a single sign-on failed')
  return reply.redirect(`/sign-in?error=${error.code}`, 303)
}

/** A path of this coordinator, or its first page: a sign-in must not send anybody elsewhere. */
export function ownPath(wanted: string): string {
  const here = 'http://here.invalid'
  if (!wanted.startsWith('/') || !URL.canParse(wanted, here)) return '/'
  const url = new URL(wanted, here)
  const path = `${url.pathname}${url.search}${url.hash}`
  return url.origin === here && !path.startsWith('//') ? path : '/'
}
