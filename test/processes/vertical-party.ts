// A data party or the key service as its own process, which kills itself at what it persists. Argument: JSON of
// VerticalPartyOptions; the invite's code, for the first start, in TRIBUTARY_INVITE. Prints lines of JSON: VerticalPartyLine. Ends
// with its input.
import { type Clock, systemClock } from '@tributary/client'
import { type JobRunner, joinVertical, type PartyEvent, type PartyStore } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'
import { CryptoBench } from '../../packages/party/src/jobs/crypto-bench.ts'
import { CryptoJobRunner, type TaskPool } from '../../packages/party/src/jobs/crypto-job-runner.ts'
import { KillPlan, type KillPlanOptions } from './kill-plan.ts'
import { killAtPersists } from './party-persists.ts'

export interface VerticalPartyOptions {
  readonly url: string
  readonly name: string
  readonly role: 'feature' | 'label' | 'key-service'
  readonly folder: string
  readonly keyFile: string
  readonly peers: Readonly<Record<string, string>>
  /** CSV file of a data party, with columns `id` and (label party) `y`. */
  readonly table: string | null
  readonly kills: KillPlanOptions
}

export interface VerticalPartyLine {
  /** Told once, then at each change. */
  readonly registered: true
  /** Own outcome is durable; always false at the key service. */
  readonly done: boolean
  /** Why a run is over for this party. */
  readonly ended: string | null
  /** Messages and publications that the hub has not acknowledged. */
  readonly waits: boolean
}

const { url, name, role, folder, keyFile, peers, table, kills } = JSON.parse(process.argv[2] ?? 'null') as VerticalPartyOptions
const plan = new KillPlan(kills)
killAtPersists(plan)

/** What waits for a coordinator that was killed comes back soon: tests have many of those. */
const clock: Clock = {
  ...systemClock,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds < 2_000 ? Math.min(milliseconds, 60) : 500, signal),
}

/** The real work in this thread: to start threads, too, would take more time than all else of a short life. */
const bench = new CryptoBench()
const pool: TaskPool = { run: (task) => bench.run(task), close: async () => undefined }
const real = new CryptoJobRunner(pool, pool)
const jobs: JobRunner = {
  async run(job, context) {
    plan.note({ type: 'job', kind: job.kind, ref: job.kind === 'open' ? job.request : null })
    const output = await real.run(job, context)
    if (job.kind === 'open' && output.result.kind === 'open')
      plan.note({ type: 'opened', request: job.request, numbers: output.result.numbers })
    return output
  },
  forget: (run) => real.forget(run),
  close: () => real.close(),
}

function onEvent(event: PartyEvent): void {
  if (event.type === 'error' || event.type === 'dropped') plan.note({ type: 'problem', code: event.error.code })
}

const place = { url, name, invite: process.env.TRIBUTARY_INVITE, keyFile, peers, approve: () => true, onEvent, clock, jobs }

/** @returns what tells how the store stands */
async function start(): Promise<() => Omit<VerticalPartyLine, 'registered'>> {
  if (role === 'key-service') {
    // Only where it is needed: a process is started hundreds of times.
    const { startKeyService } = await import('@tributary/key-service')
    const { node } = await startKeyService({
      ...place,
      dataDir: folder,
      host: '127.0.0.1',
      port: 0,
      logLevel: 'error',
      environment: {},
    })
    return () => standing(node.store)
  }
  const labelColumn = role === 'label' ? 'y' : undefined
  const session = await joinVertical({ ...place, role, stateDir: folder, table: table ?? '', idColumn: 'id', labelColumn })
  return () => standing(session.store)
}

function standing(store: PartyStore): Omit<VerticalPartyLine, 'registered'> {
  const runs = store.runs().map((run) => store.run(run))
  return {
    // The key service has no outcome; its machine is done with the message that tells all of the end.
    done: runs.some((run) => run.outcome() !== null || (role === 'key-service' && isDone(run.state()?.json))),
    ended: runs.map((run) => run.ended()?.error.code ?? null).find((code) => code !== null) ?? null,
    waits: runs.some((run) => run.receiversWaiting().length > 0 || run.nextUnpublished() !== null),
  }
}

const isDone = (json: string | undefined): boolean =>
  json !== undefined && (JSON.parse(json) as { phase: string }).phase === 'done'

process.stdin.resume().on('end', () => process.exit(0))
try {
  const look = await start()
  let last = ''
  const tell = () => {
    const line: VerticalPartyLine = { registered: true, ...look() }
    const text = JSON.stringify(line)
    if (text !== last) process.stdout.write(`${text}\n`)
    last = text
  }
  tell()
  setInterval(tell, 50)
} catch (error) {
  process.stderr.write(`${name}: ${error instanceof TributaryError ? `${error.code} ${error.message}` : String(error)}\n`)
  process.exit(1)
}
