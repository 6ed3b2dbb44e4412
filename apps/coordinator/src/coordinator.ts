import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import { accountIdSchema, TributaryError } from '@tributary/protocol'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { authenticator, bearerToken } from './access/authentication.ts'
import { hashSecret, newToken } from './access/tokens.ts'
import { answerError, answerErrors } from './rest/error-answers.ts'
import { federationRoutes } from './rest/federation-routes.ts'
import { joinRoutes, meRoutes } from './rest/join-routes.ts'
import { modelRoutes } from './rest/model-routes.ts'
import { platformRoutes } from './rest/platform-routes.ts'
import type { RestDeps } from './rest/rest-deps.ts'
import { runRoutes } from './rest/run-routes.ts'
import type { RunEngine } from './rounds/run-engine.ts'
import { statusRoutes } from './status-page/status-routes.ts'
import type { Blobs } from './storage/blobs.ts'
import { createStore } from './storage/create-store.ts'
import { FileBlobs } from './storage/file-blobs.ts'
import type { AccountRecord, Store } from './storage/store.ts'

export interface CoordinatorLimits {
  /** Calls of one token or address in a minute. */
  callsPerMinute: number
  /** Tries to join from one address in a minute. */
  joinsPerMinute: number
  /** Calls with a wrong token or none from one address in a minute. */
  failuresPerMinute: number
  /** Open connections. */
  connections: number
}

const DEFAULT_LIMITS: CoordinatorLimits = {
  callsPerMinute: 6_000,
  joinsPerMinute: 300,
  failuresPerMinute: 300,
  connections: 5_000,
}

export interface BuildOptions {
  dataDir: string
  databaseUrl?: string
  logger?: FastifyBaseLogger
  limits?: Partial<CoordinatorLimits>
  now?: () => number
  createEngine: (deps: { store: Store; blobs: Blobs }) => RunEngine
  /** More routes behind authentication. */
  plugins?: readonly FastifyPluginAsync[]
  onModelDownload?: (account: AccountRecord, sha256: string, bytes: number) => void
}

export interface BuiltCoordinator {
  app: FastifyInstance
  store: Store
  blobs: Blobs
  authenticate: (token: string) => Promise<AccountRecord>
  /** The admin's token, when this start created it; it is stored as a hash and cannot be shown again. */
  firstAdminToken: string | null
  close(): Promise<void>
}

/** Builds the whole HTTP side and never listens; each feature is a plugin in a context of its own. */
export async function buildCoordinator(options: BuildOptions): Promise<BuiltCoordinator> {
  const { dataDir, databaseUrl, now = Date.now, createEngine, plugins = [], onModelDownload = () => {} } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const store = await createStore({ dataDir, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const blobs = await FileBlobs.create(join(dataDir, 'blobs'))
  const firstAdminToken = await firstAdmin(store, now)
  const authenticate = authenticator(store)
  const deps: RestDeps = { store, blobs, engine: createEngine({ store, blobs }), now, onModelDownload }
  let closing = false

  const app: FastifyInstance = fastify({
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
    // A line for each call would bury what matters; durations and statuses are in the metrics.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1 << 20,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  })
  app.server.maxConnections = limits.connections
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('account', null)
  answerErrors(app)
  await app.register(helmet, {
    // Plain HTTP on a private network is a supported setting: no HSTS, no upgrade of requests.
    hsts: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
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

  await app.register(platformRoutes(store, registry, () => closing))
  await app.register(statusRoutes())
  await app.register(joinRoutes(deps, limits.joinsPerMinute))
  await app.register(async (behind) => {
    // The count of calls is by token, and each made-up token begins a new one: failures are counted by address.
    const countFailure = app.createRateLimit({
      max: limits.failuresPerMinute,
      timeWindow: '1 minute',
      keyGenerator: ({ ip }: FastifyRequest) => `failed ${ip}`,
    })
    behind.addHook('onRequest', async (request) => {
      try {
        request.account = await authenticate(bearerToken(request))
      } catch (error) {
        // A store that is out of order is nobody's failure to sign in.
        if (!(error instanceof TributaryError)) throw error
        const count = await countFailure(request)
        if (count.isAllowed || !count.isExceeded) throw error
        const retryAfter = count.ttlInSeconds
        throw new TributaryError('rate_limited', { limit: count.max, window: '1 minute', retryAfter }, { cause: error })
      }
    })
    for (const plugin of [meRoutes(), federationRoutes(deps), runRoutes(deps), modelRoutes(deps), ...plugins])
      await behind.register(plugin)
  })
  await app.ready()

  return {
    app,
    store,
    blobs,
    authenticate,
    firstAdminToken,
    close: async () => {
      closing = true
      await app.close()
      await store.close()
    },
  }
}

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
