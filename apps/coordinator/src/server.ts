import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { PARTICIPANT_NAMESPACE, WATCH_NAMESPACE } from '@tributary/protocol'
import { type Logger, pino } from 'pino'
import { Server } from 'socket.io'
import type { CoordinatorLimits } from './access/limits.ts'
import { type AccountsOptions, accountsFromEnvironment } from './accounts/options.ts'
import { type Aggregator, createAggregator } from './aggregation/aggregator.ts'
import { buildCoordinator } from './coordinator.ts'
import { type Evaluator, noEvaluator } from './evaluation/evaluator.ts'
import type { TestData } from './evaluation/messages.ts'
import { ProcessEvaluator } from './evaluation/process-evaluator.ts'
import { CoordinatorRunEngine } from './rounds/engine.ts'
import type { ParticipantGateway } from './rounds/participant-gateway.ts'
import { type ParticipantNamespace, participantGateway, participantRoom, serveParticipants } from './sockets/participants.ts'
import { ProgressBoard } from './sockets/progress-board.ts'
import { cutUnread } from './sockets/unread.ts'
import { serveVerticalNotices } from './sockets/vertical-notices.ts'
import { serveWatchers, type WatchNamespace } from './sockets/watchers.ts'
import type { Store } from './storage/store.ts'
import { dropWhenOver } from './uploads/rounds-over.ts'
import { UpdateUpload } from './uploads/update-upload.ts'
import { UploadFiles } from './uploads/upload-files.ts'
import { uploadRoutes } from './uploads/upload-routes.ts'
import { createUpdateValidator, type UpdateValidator } from './uploads/validator.ts'

export interface StartOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  dataDir: string
  /** postgres://… ; SQLite in the data folder when left out. */
  databaseUrl?: string
  /** Rows that the coordinator measures each round's model on. */
  testData?: TestData | null
  limits?: Partial<CoordinatorLimits>
  /** Proxies whose X-Forwarded-… headers are believed; left out, nobody's. See trustedProxies. */
  trustProxy?: string
  /** How people sign in; left out, what the environment says: see accountsFromEnvironment. */
  accounts?: Partial<AccountsOptions>
  /** Folder of the built dashboard; the one of this repository when left out. */
  dashboard?: string
  /** A level of pino; logs go to standard error. */
  logLevel?: string
}

export interface RunningCoordinator {
  url: string
  port: number
  /** Only at the first start on an empty store. */
  adminToken: string | null
  close(): Promise<void>
}

/** Parts that a test or a benchmark may put in place of the real ones. */
export interface CoordinatorParts {
  aggregator?: (real: Aggregator) => Aggregator
  evaluator?: Evaluator
  store?: (real: Store) => Store
}

interface Workers {
  readonly aggregator: Aggregator
  readonly validator: UpdateValidator
  readonly evaluator: Evaluator
  close(): Promise<void>
}

function startWorkers({ testData }: StartOptions, parts: CoordinatorParts, logger: Logger): Workers {
  const aggregator = (parts.aggregator ?? same)(createAggregator())
  const validator = createUpdateValidator()
  const onMisfit = (reason: string) => logger.warn({ reason }, 'the test rows do not fit a run: its round has no global metric')
  const evaluator = parts.evaluator ?? (testData == null ? noEvaluator : new ProcessEvaluator(testData, onMisfit))
  const close = async () => void (await Promise.all([aggregator.close(), validator.close(), evaluator.close()]))
  return { aggregator, validator, evaluator, close }
}

/**
 * Builds the coordinator with everything that needs a socket, a thread or a process, takes up unfinished runs, and listens. When
 * that fails, nothing of it is left.
 */
export async function startCoordinator(options: StartOptions, parts: CoordinatorParts = {}): Promise<RunningCoordinator> {
  await mkdir(options.dataDir, { recursive: true })
  const logger = pino({ level: options.logLevel ?? 'info', redact: REDACTED }, pino.destination({ fd: 2, sync: false }))
  const workers = startWorkers(options, parts, logger)
  try {
    return await startWith(workers, options, parts, logger)
  } catch (error) {
    await workers.close()
    throw error
  }
}

async function startWith(
  workers: Workers,
  options: StartOptions,
  parts: CoordinatorParts,
  logger: Logger,
): Promise<RunningCoordinator> {
  const { aggregator, validator, evaluator } = workers
  const now = Date.now
  const gateway = new LateGateway()
  let engine: CoordinatorRunEngine | null = null
  let upload: UpdateUpload | null = null
  const report = (error: unknown, what: string, run: string | null = null): void => {
    logger.error({ err: error, what, run, reference: randomBytes(4).toString('hex') }, 'something broke in the background')
  }

  const coordinator = await buildCoordinator({
    dataDir: options.dataDir,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
    logger,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.dashboard === undefined ? {} : { dashboard: options.dashboard }),
    ...(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy }),
    accounts: options.accounts ?? (await accountsFromEnvironment(process.env)),
    createEngine: ({ store: real, blobs }) => {
      const store = (parts.store ?? same)(real)
      engine = new CoordinatorRunEngine({ store, blobs, aggregator, evaluator, gateway, now, onError: report })
      upload = new UpdateUpload({ engine, blobs, files: new UploadFiles(blobs.stagingFolder), validator })
      dropWhenOver(engine.feed, upload, (error) => report(error, 'dropping what was begun'))
      return engine
    },
    plugins: [uploadRoutes(() => upload as UpdateUpload)],
    onModelDownload: (account, sha256, bytes) => {
      if (engine === null || account.participant === null || account.federation === null) return
      engine
        .modelDownloaded(account.federation, account.participant, sha256, bytes)
        .catch((error) => report(error, 'counting a download'))
    },
  })
  if (engine === null || upload === null) throw new Error('the engine was not created')
  const running: CoordinatorRunEngine = engine
  const uploads: UpdateUpload = upload

  const io = new Server(coordinator.app.server, { transports: ['websocket'], serveClient: false, maxHttpBufferSize: 1 << 20 })
  const unread = cutUnread(io.engine, coordinator.limits)
  const participants = io.of(PARTICIPANT_NAMESPACE) as unknown as ParticipantNamespace
  gateway.target = participantGateway(participants)
  const progress = new ProgressBoard()
  const socketDeps = {
    store: coordinator.store,
    engine: running,
    vertical: coordinator.vertical,
    departures: coordinator.departures,
    accounts: coordinator.accounts,
    views: coordinator.views,
    isTrustedProxy: coordinator.isTrustedProxy,
    progress,
    limits: coordinator.limits,
    now,
    onError: (error: unknown) => report(error, 'socket'),
  }
  coordinator.departures.cut = (participant) => participants.in(participantRoom(participant)).disconnectSockets(true)
  serveParticipants(participants, socketDeps)
  serveVerticalNotices(participants, socketDeps)
  const watchers = serveWatchers(io.of(WATCH_NAMESPACE) as unknown as WatchNamespace, socketDeps)

  const sweeping = setInterval(() => {
    uploads.sweep().catch((error) => report(error, 'sweeping partial updates'))
    coordinator.mailRoom.sweep().catch((error) => report(error, 'sweeping mail'))
    coordinator.accounts.purge().catch((error) => report(error, 'removing expired sessions'))
  }, SWEEP_MS)
  const close = async (): Promise<void> => {
    running.close()
    clearInterval(sweeping)
    watchers.close()
    unread.close()
    // A living socket keeps the HTTP server open for ever.
    io.disconnectSockets(true)
    io.engine.close()
    await coordinator.close()
  }

  try {
    await running.recover()
    await coordinator.departures.recover()
    await coordinator.mailRoom.recover()
    await uploads.sweep()
    const url = await coordinator.app.listen({ host: options.host, port: options.port })
    const { port } = coordinator.app.server.address() as { port: number }
    const adminToken = await coordinator.firstAdmin()
    logger.info({ url, dataDir: options.dataDir }, 'listening')
    return {
      url: `http://${reachable(options.host)}:${port}`,
      port,
      adminToken,
      close: () => close().then(workers.close),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** How often mail, sessions and partial updates that nobody needs any more are looked for. */
const SWEEP_MS = 3_600_000

/** A host as it stands in an address. */
const reachable = (host: string): string => (host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host)

/** Nothing secret is logged on purpose; this is for the line that somebody adds some day. */
const REDACTED = [
  'token',
  'code',
  'authorization',
  '*.token',
  '*.code',
  '*.tokenHash',
  '*.codeHash',
  '*.authorization',
  'password',
  'csrf',
  'cookie',
  '*.password',
  '*.passwordHash',
  '*.old',
  '*.new',
  '*.csrf',
  '*.cookie',
  '*.clientSecret',
  '*.verifier',
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
]

const same = <Part>(part: Part): Part => part

/** The engine exists before there are sockets; what it would say until then nobody could hear. */
class LateGateway implements ParticipantGateway {
  target: ParticipantGateway | null = null

  task(...args: Parameters<ParticipantGateway['task']>): void {
    this.target?.task(...args)
  }
  taskWithdrawn(...args: Parameters<ParticipantGateway['taskWithdrawn']>): void {
    this.target?.taskWithdrawn(...args)
  }
  roundClosed(...args: Parameters<ParticipantGateway['roundClosed']>): void {
    this.target?.roundClosed(...args)
  }
  runEnded(...args: Parameters<ParticipantGateway['runEnded']>): void {
    this.target?.runEnded(...args)
  }
}
