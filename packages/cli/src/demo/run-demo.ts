import { CoordinatorApi } from '@tributary/client'
import { type FailureReason, type Run, TributaryError } from '@tributary/protocol'
import type { DemoOptions } from '../commands/demo.ts'
import { mnistClassCounts } from '../institution/mnist-part.ts'
import type { Printer } from '../output/printer.ts'
import { countOf } from '../output/units.ts'
import { followRun } from '../runs/follow-run.ts'
import { inviteLink, layOutImages, seatsTaken } from './browser-seats.ts'
import { startCoordinatorProcess } from './coordinator-process.ts'
import { freshDemoFolder } from './data-folder.ts'
import { Institutions } from './institutions.ts'
import { playDemo, RunFailure, type Stage, type Standing } from './play-demo.ts'
import { portOrAny } from './port-or-any.ts'
import { defaultModel, demoRunConfig } from './recipes.ts'
import { splitTable } from './split-table.ts'
import { demoResult, summaryLines } from './summary.ts'

const HOST = '127.0.0.1'

/** A coordinator and institutions learn the digits of MNIST; answers the exit code. */
export const runDemo = (options: DemoOptions, printer: Printer): Promise<number> =>
  playDemo(options, printer, (stage) => federate(options, printer, stage))

/** Everything up to the printed result; then the processes still run. */
async function federate(options: DemoOptions, printer: Printer, { view, stops, signal }: Stage): Promise<Standing> {
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const { institutions: count, browsers, alpha, seed, rounds } = options
  requireSeats(browsers, count)
  const folder = await freshDemoFolder(options.dataDir)
  const port = await portOrAny(options.port, HOST)
  if (port !== options.port) view.line(`Port ${options.port} is taken; the coordinator takes another.`)

  const coordinator = await startCoordinatorProcess(folder, port, 'mnist')
  stops.push(coordinator.stop)
  view.line(`Coordinator  ${coordinator.url}  (process ${coordinator.pid}, data in ${folder})`)
  view.line(`Dashboard    ${coordinator.url}/#token=${coordinator.adminToken}`)
  const api = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
  const federation = await api.createFederation('demo', signal)
  const names = Array.from({ length: count }, (_, place) => `institution-${place + 1}`)
  const plans = []
  for (const [place, name] of names.entries()) {
    const { code } = await api.createInvite(federation.id, { name }, signal)
    plans.push({ name, invite: code, part: place + 1 })
  }
  const seats = plans.splice(count - browsers)
  const institutions = new Institutions({
    url: coordinator.url,
    folder,
    plans,
    parts: count,
    alpha,
    seed,
    onNote: (text) => view.line(text),
  })
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

  for (const seat of seats) {
    const images = await layOutImages(folder, seat, { parts: count, alpha, seed })
    view.line(`A seat for a browser: ${inviteLink(coordinator.url, seat)}`)
    view.line(`  its images, for the page to read: ${images}`)
  }
  if (seats.length > 0) view.line(`Training begins when ${seats.length === 1 ? 'the seat is' : 'the seats are'} taken.`)
  const ready = Promise.all([
    institutions.connected(),
    seatsTaken(api, federation.id, seats, AbortSignal.any([signal, broken.signal])),
  ])
  // Called off when the demo ends first.
  ready.catch(() => {})
  const backends = (await Promise.race([ready, failed])).flat()
  const model = options.model ?? defaultModel(backends)
  const created = await api.createRun(
    federation.id,
    { name: `demo ${model}`, config: demoRunConfig(model, count, rounds, seed) },
    signal,
  )
  const start = elapsed()
  view.line(
    `Training ${model} by FedAvg for ${countOf(rounds, 'round')} on ${[...new Set(backends)].join(', ')}: run ${created.id}`,
  )
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

/** @throws TributaryError `config_invalid` for more seats than there are */
function requireSeats(browsers: number, count: number): void {
  if (browsers > count)
    throw new TributaryError('config_invalid', {
      setting: 'browsers',
      reason: `there are only ${count} seats for ${browsers} browsers`,
    })
}

const unexplained = ({ phase, round }: Run): FailureReason => {
  const code = phase === 'cancelled' ? 'run_cancelled' : 'unexpected'
  return { ...new TributaryError(code, { reason: `${phase} in round ${round}` }).toBody(), participants: [] }
}
