import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fastifyCookie } from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import { accountIdSchema, type MessageKind, TributaryError } from '@tributary/protocol'
import { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, fastify, LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Caller } from './access/caller.ts'
import { FailedSignIns } from './access/failed-sign-ins.ts'
import { type CoordinatorLimits, DEFAULT_LIMITS } from './access/limits.ts'
import { hashSecret, newToken } from './access/tokens.ts'
import { type IsTrustedProxy, trustedProxies } from './access/trusted-proxies.ts'
import { createViews, type Views } from './access/view.ts'
import { type Accounts, createAccounts, pseudonymKey } from './accounts/accounts.ts'
import { auditLogRoutes } from './accounts/audit-routes.ts'
import { auditRoutes } from './accounts/audit-trail.ts'
import { oidcRoutes } from './accounts/oidc-routes.ts'
import { type AccountsOptions, checkedAccountsOptions } from './accounts/options.ts'
import { presentedBy } from './accounts/presented.ts'
import { sessionRoutes } from './accounts/session-routes.ts'
import { tokenRoutes } from './accounts/token-routes.ts'
import { userRoutes } from './accounts/user-routes.ts'
import { contentSecurityPolicy } from './dashboard/content-security-policy.ts'
import { dashboardRoutes } from './dashboard/dashboard-routes.ts'
import { answerError, answerErrors } from './rest/error-answers.ts'
import { federationRoutes } from './rest/federation-routes.ts'
import { joinRoutes, meRoutes } from './rest/join-routes.ts'
import { leaveRoutes } from './rest/leave-routes.ts'
import { modelRoutes } from './rest/model-routes.ts'
import { platformRoutes } from './rest/platform-routes.ts'
import type { RestDeps } from './rest/rest-deps.ts'
import { runRoutes } from './rest/run-routes.ts'
import { Departures } from './rounds/departures.ts'
import type { RunEngine } from './rounds/run-engine.ts'
import type { Blobs } from './storage/blobs.ts'
import { createStore } from './storage/create-store.ts'
import { FileBlobs } from './storage/file-blobs.ts'
import type { Store } from './storage/store.ts'
import { MailRoom } from './vertical/mail-room.ts'
import { mailRoutes } from './vertical/mail-routes.ts'
import { partyRoutes } from './vertical/party-routes.ts'
import { VerticalEngine } from './vertical/vertical-engine.ts'
import { verticalRunRoutes } from './vertical/vertical-run-routes.ts'

export interface BuildOptions {
  dataDir: string
  databaseUrl?: string
  logger?: FastifyBaseLogger
  limits?: Partial<CoordinatorLimits>
  /** Proxies whose X-Forwarded-… headers are believed: addresses, ranges, names of ranges; left out, nobody's. See trustedProxies. */
  trustProxy?: string
  /** How people sign in; left out, by password only. */
  accounts?: Partial<AccountsOptions>
  /** Folder of the built dashboard; the one of this repository when left out. */
  dashboard?: string
  now?: () => number
  createEngine: (deps: { store: Store; blobs: Blobs }) => RunEngine
  /** More routes behind authentication. */
  plugins?: readonly FastifyPluginAsync[]
  onModelDownload?: (account: Caller, sha256: string, bytes: number) => void
}

export interface BuiltCoordinator {
  app: FastifyInstance
  store: Store
  blobs: Blobs
  vertical: VerticalEngine
  departures: Departures
  mailRoom: MailRoom
  accounts: Accounts
  views: Views
  /** The given ones, and the defaults of the others. */
  limits: CoordinatorLimits
  /** null: nobody's word is taken for whom it forwards. */
  isTrustedProxy: IsTrustedProxy | null
  /**
   * Creates the admin of an empty store. @returns its token, stored as a hash and never to be shown again: for a start that has
   * succeeded in all else; null when there is an admin
   */
  firstAdmin(): Promise<string | null>
  close(): Promise<void>
}

/**
 * Builds the whole HTTP side and never listens; each feature is a plugin in a context of its own. What was opened is closed again
 * when building fails.
 */
export async function buildCoordinator(options: BuildOptions): Promise<BuiltCoordinator> {
  const { dataDir, databaseUrl } = options
  const store = await createStore({ dataDir, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  try {
    return await buildOn(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function buildOn(store: Store, options: BuildOptions): Promise<BuiltCoordinator> {
  const { dataDir, now = Date.now, createEngine, plugins = [], onModelDownload = () => {} } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const blobs = await FileBlobs.create(join(dataDir, 'blobs'))
  const failures = new FailedSignIns(limits.failuresPerMinute, now)
  const accountsOptions = checkedAccountsOptions(options.accounts ?? {})
  const accounts = createAccounts(store, accountsOptions, failures, now)
  const views = createViews(await pseudonymKey(store))
  const deps: RestDeps = { store, blobs, engine: createEngine({ store, blobs }), now, views, onModelDownload }
  const isTrustedProxy = trustedProxies(options.trustProxy ?? '')
  let closing = false

  const app: FastifyInstance = fastify({
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
    // A line for each call would bury what matters; durations and statuses are in the metrics.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1 << 20,
    forceCloseConnections: true,
    trustProxy: isTrustedProxy ?? false,
    ...timeouts(limits),
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  })
  app.server.maxConnections = limits.connections
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('account', null)
  app.decorateRequest('audited', false)
  answerErrors(app)
  await app.register(fastifyCookie)
  await app.register(helmet, {
    // Plain HTTP on a private network is a supported setting: no HSTS, no upgrade of requests.
    hsts: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: contentSecurityPolicy,
    },
  })
  await app.register(rateLimit, {
    max: limits.callsPerMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.headers.authorization ?? request.ip,
    errorResponseBuilder: (_request, { max, after, ttl }) =>
      new TributaryError('rate_limited', { limit: max, window: after, retryAfter: Math.ceil(ttl / 1000) }),
  })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Tributary coordinator', version: '1' } },
    transform: jsonSchemaTransform,
  })
  const registry = measure(app)
  const vertical = new VerticalEngine({ store: store.vertical, now })
  const departures = new Departures({ store, engine: deps.engine, vertical, now })
  const mailRoom = new MailRoom({
    engine: vertical,
    store: store.vertical,
    // Apart from models and updates, whose sweep knows nothing of mail.
    blobs: await FileBlobs.create(join(dataDir, 'mail')),
    limits,
    now,
    onRelayed: countMail(registry),
  })

  await app.register(platformRoutes(store, registry, () => closing))
  await app.register(dashboardRoutes(options.dashboard))
  await app.register(joinRoutes(deps, limits.joinsPerMinute))
  await app.register(async (open) => {
    // People wait at these: an answer must never come out of a cache.
    open.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'))
    await open.register(sessionRoutes(accounts))
    await open.register(oidcRoutes(accounts))
  })
  await app.register(async (behind) => {
    behind.addHook('onRequest', async (request) => {
      const { signIn } = accounts
      const account = await signIn(request.ip, () => presentedBy(request, accountsOptions.publicUrl))
      if (account.mustChangePassword) throw new TributaryError('password_change_required')
      request.account = account
    })
    auditRoutes(behind, store.people, now)
    const features = [
      meRoutes(),
      federationRoutes(deps),
      leaveRoutes(deps, departures),
      runRoutes(deps),
      modelRoutes(deps),
      partyRoutes(deps, store.vertical),
      verticalRunRoutes(deps, vertical, store.vertical),
      mailRoutes(vertical, mailRoom),
      userRoutes(accounts, deps),
      tokenRoutes(accounts),
      auditLogRoutes(accounts),
    ]
    for (const plugin of [...features, ...plugins]) await behind.register(plugin)
  })
  await app.ready()

  return {
    app,
    store,
    blobs,
    vertical,
    departures,
    mailRoom,
    accounts,
    views,
    limits,
    isTrustedProxy,
    firstAdmin: () => firstAdmin(store, now),
    close: async () => {
      closing = true
      await app.close()
      await store.close()
    },
  }
}

/** Node looks for requests that are late at an interval of its own, so a head may take up to a quarter longer. */
const timeouts = ({ headersSeconds, idleSeconds, requestSeconds }: CoordinatorLimits) => ({
  connectionTimeout: idleSeconds * 1000,
  requestTimeout: requestSeconds * 1000,
  http: {
    headersTimeout: headersSeconds * 1000,
    requestTimeout: requestSeconds * 1000,
    connectionsCheckingInterval: headersSeconds * 250,
  },
})

async function firstAdmin(store: Store, now: () => number): Promise<string | null> {
  if ((await store.countAccounts('admin')) > 0) return null
  const token = newToken('admin')
  await store.createAccount({
    id: accountIdSchema.parse(`acc_${randomBytes(8).toString('hex')}`),
    name: 'admin',
    role: 'admin',
    tokenHash: hashSecret(token),
    federation: null,
    participant: null,
    createdAt: new Date(now()),
    revokedAt: null,
  })
  return token
}

/** One registry for each app: two coordinators in one process do not mix. */
function measure(app: FastifyInstance): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'tributary_http_seconds',
    help: 'Duration of HTTP calls by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
  return registry
}

/** Sealed messages that became durable here, by kind; a repetition is not counted. */
function countMail(registry: Registry): (kind: MessageKind, bytes: number) => void {
  const labels = { labelNames: ['kind' as const], registers: [registry] }
  const messages = new Counter({ name: 'tributary_vertical_messages_total', help: 'Sealed messages relayed', ...labels })
  const size = new Counter({ name: 'tributary_vertical_bytes_total', help: 'Bytes of sealed messages relayed', ...labels })
  return (kind, bytes) => {
    messages.inc({ kind })
    size.inc({ kind }, bytes)
  }
}
