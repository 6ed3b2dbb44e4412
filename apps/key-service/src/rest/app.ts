import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import {
  type AuditEntry,
  type Manifest,
  type PartyKeys,
  partyKeysSchema,
  runIdSchema,
  sha256Schema,
  TributaryError,
} from '@tributary/protocol'
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { Gauge, Registry } from 'prom-client'
import { z } from 'zod'
import type { KeyServiceRole, Tokens } from '../access/tokens.ts'
import type { RefusalLog } from '../refusal-log.ts'
import { answerErrors } from './error-answers.ts'
import { auditLogSchema, runAccount, runAccountSchema } from './run-account.ts'

/** What was signed by all at the beginning of a run. */
export interface SignedManifest {
  readonly manifest: Manifest
  readonly manifestSha256: string
}

/** What the HTTP side reads; it never sees a key. */
export interface Accounts {
  readonly name: string
  readonly fingerprint: string
  readonly keys: PartyKeys
  runs(): readonly string[]
  charter(run: string): SignedManifest | null
  auditLog(run: string): readonly AuditEntry[]
  /** False when the service cannot do its work. */
  working(): boolean
  abort(run: string, reason: string): Promise<void>
}

export interface AppOptions {
  readonly accounts: Accounts
  readonly tokens: Tokens
  readonly logger?: FastifyBaseLogger
  readonly refusals?: RefusalLog
}

const api = '/api/v1'
const params = z.strictObject({ run: runIdSchema })
const abortSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) })

/** The operator's and the auditors' interface. It never listens by itself. */
export async function buildKeyServiceApp({ accounts, tokens, logger, refusals }: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1 << 16,
    requestTimeout: 30_000,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerErrors(app, refusals)
  await app.register(helmet, {
    hsts: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
  })
  await app.register(rateLimit, {
    max: 300,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { max, ttl }) =>
      new TributaryError('rate_limited', { limit: max, window: '1 minute', retryAfter: Math.ceil(ttl / 1000) }),
  })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Tributary key service', version: '1' } },
    transform: jsonSchemaTransform,
  })
  const registry = meter(accounts)
  await app.register(async (open) => {
    const hidden = { schema: { hide: true } }
    open.get('/healthz', hidden, async () => ({ status: 'ok' }))
    open.get('/readyz', hidden, async (_request, reply) =>
      accounts.working() ? { status: 'ok' } : reply.status(503).send({ status: 'the service has stopped taking part' }),
    )
    open.get('/openapi.json', hidden, async () => app.swagger())
  })
  await app.register(async (behind) => {
    behind.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
      requireRole(request, tokens, 'auditor')
      return reply.type(registry.contentType).send(await registry.metrics())
    })
    logRoutes(behind.withTypeProvider<ZodTypeProvider>(), accounts, tokens)
  })
  await app.ready()
  return app
}

function logRoutes(app: FastifyInstance, accounts: Accounts, tokens: Tokens): void {
  const typed = app.withTypeProvider<ZodTypeProvider>()
  const charterOf = (run: string): SignedManifest => {
    const charter = accounts.charter(run)
    if (charter === null) throw new TributaryError('not_found', { what: 'run', id: run })
    return charter
  }
  const identity = z.object({ name: z.string(), fingerprint: sha256Schema, keys: partyKeysSchema })
  typed.get(`${api}/identity`, { schema: { summary: 'Who this is', response: { 200: identity } } }, async (request) => {
    requireRole(request, tokens, 'auditor')
    const { name, fingerprint, keys } = accounts
    return { name, fingerprint, keys }
  })
  typed.get(
    `${api}/runs`,
    { schema: { summary: 'Runs and what was opened in each', response: { 200: z.array(runAccountSchema) } } },
    async (request) => {
      requireRole(request, tokens, 'auditor')
      return accounts.runs().map((run) => runAccount(run, charterOf(run), accounts.auditLog(run)))
    },
  )
  typed.get(
    `${api}/runs/:run`,
    { schema: { summary: 'A run', params, response: { 200: runAccountSchema } } },
    async (request) => {
      requireRole(request, tokens, 'auditor')
      const { run } = request.params
      return runAccount(run, charterOf(run), accounts.auditLog(run))
    },
  )
  typed.get(
    `${api}/runs/:run/audit`,
    { schema: { summary: 'The whole audit log of a run', params, response: { 200: auditLogSchema } } },
    async (request) => {
      requireRole(request, tokens, 'auditor')
      charterOf(request.params.run)
      const { name, keys } = accounts
      return { name, keys, entries: [...accounts.auditLog(request.params.run)] }
    },
  )
  typed.post(
    `${api}/runs/:run/abort`,
    { schema: { summary: 'End a run; its keys are destroyed', params, body: abortSchema, response: { 200: runAccountSchema } } },
    async (request) => {
      requireRole(request, tokens, 'operator')
      const { run } = request.params
      const charter = charterOf(run)
      await accounts.abort(run, request.body.reason)
      return runAccount(run, charter, accounts.auditLog(run))
    },
  )
}

/** The operator may do what an auditor may. @throws TributaryError `unauthenticated`, `forbidden` */
function requireRole(request: FastifyRequest, tokens: Tokens, least: KeyServiceRole): void {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) throw new TributaryError('unauthenticated')
  const role = tokens.roleOf(token)
  if (least === 'operator' && role !== 'operator') throw new TributaryError('forbidden', { action: 'abort', role })
}

/** Counts are read off the logs when they are asked for. */
function meter(accounts: Accounts): Registry {
  const registry = new Registry()
  const entries = new Gauge({
    name: 'tributary_key_service_audit_entries',
    help: 'Entries of the audit log by kind',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.reset()
      for (const run of accounts.runs()) for (const { record } of accounts.auditLog(run)) this.inc({ kind: record.kind })
    },
  })
  const numbers = new Gauge({
    name: 'tributary_key_service_numbers_opened',
    help: 'Numbers returned to parties',
    registers: [registry],
    collect() {
      this.reset()
      for (const run of accounts.runs()) for (const { record } of accounts.auditLog(run)) this.inc(record.numbersReturned)
    },
  })
  void [entries, numbers]
  return registry
}
