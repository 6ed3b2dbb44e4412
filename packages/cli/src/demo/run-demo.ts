import { CoordinatorApi } from '@tributary/client'
import { type FailureReason, type Run, TributaryError } from '@tributary/protocol'
import { endOfProcess } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import type { DemoOptions } from '../commands/demo.ts'
import { mnistClassCounts } from '../institution/mnist-part.ts'
import { exitCodeOfError, exitCodeOfSignal, exitCodes } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { createProgressView, type ProgressView } from '../output/progress-view.ts'
import { failureLines } from '../runs/failure-lines.ts'
import { followRun } from '../runs/follow-run.ts'
import { startCoordinatorProcess } from './coordinator-process.ts'
import { freshDemoFolder } from './data-folder.ts'
import { freePort } from './free-port.ts'
import { Institutions, PartyFailure } from './institutions.ts'
import { defaultModel, demoRunConfig } from './recipes.ts'
import { splitTable } from './split-table.ts'
import { demoResult, summaryLines } from './summary.ts'

const HOST = '127.0.0.1'

/** Anything that has to be stopped in the end, the last started first. */
type Stops = (() => Promise<void>)[]

/** Runs the whole demo; answers the exit code. Whatever happens, no process is left behind. */
export async function runDemo(options: DemoOptions, printer: Printer): Promise<number> {
  const end = endOfProcess()
  const language = chooseLanguage(options.language, process.env)
  const view = createProgressView(printer, printer.json ? process.stderr : process.stdout)
  const stops: Stops = []
  const interrupted = whenAborted(end).then((): number => exitCodeOfSignal(end.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT'))
  try {
    const done = await Promise.race([federate(options, printer, view, stops, end), interrupted])
    if (typeof done === 'number') return done
    if (options.exit) return exitCodes.ok
    printer.line('')
    printer.line(`The coordinator stays up at ${done.url}; Ctrl-C ends the demo.`)
    await Promise.race([whenAborted(end), done.failed])
    return exitCodes.ok
  } catch (error) {
    // Whatever breaks once the demo is told to end breaks because of that.
    if (end.aborted) return await interrupted
    const failure = failureOf(error)
    if (failure === null) throw error
    view.stop()
    printer.line('')
    printer.line('The demo failed.')
    printer.result({ error: failure }, failureLines(failure, language))
    if (printer.json) for (const line of failureLines(failure, language)) printer.line(line)
    return error instanceof RunFailure ? exitCodes.runEnded : exitCodeOfError((error as PartyFailure).error.code)
  } finally {
    view.stop()
    for (const stop of stops.reverse()) await stop()
  }
}

/** The run itself failed or was cancelled. */
class RunFailure extends Error {
  readonly reason: FailureReason

  constructor(reason: FailureReason) {
    super(reason.message)
    this.reason = reason
  }
}

function failureOf(error: unknown): FailureReason | null {
  if (error instanceof RunFailure) return error.reason
  if (error instanceof PartyFailure) return { ...error.error.toBody(), participants: [error.party] }
  return null
}

/** Everything up to the printed result; then the processes still run. */
async function federate(
  options: DemoOptions,
  printer: Printer,
  view: ProgressView,
  stops: Stops,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly failed: Promise<never> }> {
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const { institutions: count, alpha, seed, rounds } = options
  const folder = await freshDemoFolder(options.dataDir)
  const port = await freePort(options.port, HOST)
  if (port !== options.port && options.port !== 0) view.line(`Port ${options.port} is taken; the coordinator takes ${port}.`)

  const coordinator = await startCoordinatorProcess(folder, port)
  stops.push(coordinator.stop)
  view.line(`Coordinator  ${coordinator.url}  (process ${coordinator.pid}, data in ${folder})`)
  view.line(`Status page  ${coordinator.url}/#token=${coordinator.adminToken}`)
  const api = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
  const federation = await api.createFederation('demo', signal)
  const names = Array.from({ length: count }, (_, place) => `institution-${place + 1}`)
  const plans = []
  for (const [place, name] of names.entries()) {
    const { code } = await api.createInvite(federation.id, { name }, signal)
    plans.push({ name, invite: code, part: place + 1 })
  }
  const institutions = new Institutions({ url: coordinator.url, folder, plans, alpha, seed, onNote: (text) => view.line(text) })
  stops.push(() => institutions.stop())
  const failed = Promise.race([coordinator.failed, institutions.failed])
  const broken = new AbortController()
  failed.catch(() => broken.abort())
  const pids = [...institutions.pids].map(([name, pid]) => `${name} ${pid}`)
  view.line(`Processes    ${pids.join(', ')}`)
  view.line()
  view.line(`60,000 images of MNIST, split by a Dirichlet distribution (alpha ${alpha}, seed ${seed}):`)
  for (const line of splitTable(names, await mnistClassCounts({ parts: count, alpha, seed }))) view.line(line)
  view.line()

  const backends = await Promise.race([institutions.connected(), failed])
  const model = options.model ?? defaultModel(backends)
  const created = await api.createRun(
    federation.id,
    { name: `demo ${model}`, config: demoRunConfig(model, count, rounds, seed) },
    signal,
  )
  const start = elapsed()
  view.line(`Training ${model} by FedAvg for ${rounds} rounds on ${[...new Set(backends)].join(', ')}: run ${created.id}`)
  view.line()
  const onTrouble = ({ message }: TributaryError) => view.line(message)
  const followed = await Promise.race([
    failed,
    followRun(api, created.id, { view, signal: AbortSignal.any([signal, broken.signal]), onTrouble }),
  ])
  view.stop()
  const run = await api.run(created.id, signal)
  if (run.phase !== 'completed') throw new RunFailure(run.failure ?? unexplained(run))
  const result = demoResult(run, followed, count, { start, total: elapsed() })
  const lines = summaryLines(result, followed)
  if (printer.json) for (const line of lines) printer.line(line)
  printer.result(result, lines)
  return { url: coordinator.url, failed }
}

const unexplained = ({ phase, round }: Run): FailureReason => {
  const code = phase === 'cancelled' ? 'run_cancelled' : 'unexpected'
  return { ...new TributaryError(code, { reason: `${phase} in round ${round}` }).toBody(), participants: [] }
}
