import { CoordinatorApi, VerticalApi } from '@tributary/client'
import { type VerticalExample, verticalExample } from '@tributary/data/node'
import { readOutcome } from '@tributary/party'
import { type FailureReason, TributaryError, type VerticalRun } from '@tributary/protocol'
import type { DemoOptions } from '../../commands/demo.ts'
import { chooseLanguage } from '../../outcome/language.ts'
import type { Printer } from '../../output/printer.ts'
import { countOf } from '../../output/units.ts'
import { fetchAuditLog } from '../../vertical/audit-log.ts'
import { askHolder } from '../../vertical/control/control-client.ts'
import { followVerticalRun } from '../../vertical/follow-vertical-run.ts'
import { notConvergedLines, warnOfNotConverged } from '../../vertical/not-converged.ts'
import { verticalSettings } from '../../vertical/run-settings.ts'
import { startCoordinatorProcess } from '../coordinator-process.ts'
import { freshDemoFolder } from '../data-folder.ts'
import { playDemo, RunFailure, type Stage, type Standing } from '../play-demo.ts'
import { portOrAny } from '../port-or-any.ts'
import { type DemoTable, type DemoTables, demoTables } from './demo-tables.ts'
import { type Evaluation, evaluate } from './evaluation.ts'
import { type DemoIdentity, makeIdentities } from './identities.ts'
import { verticalDemoResult, verticalSummaryLines } from './summary.ts'
import { VerticalParties } from './vertical-parties.ts'

const HOST = '127.0.0.1'
const KEY_SERVICE = 'keys'
const POLL_MS = 250
/** Rows that the receiver predicts in the end. */
const PREDICTED_ROWS = 5

/** A coordinator, a key service and institutions train on a table that is split by columns; answers the exit code. */
export const runVerticalDemo = (options: DemoOptions, printer: Printer): Promise<number> =>
  playDemo(options, printer, (stage) => federate(options, printer, stage))

async function federate(options: DemoOptions, printer: Printer, { view, stops, signal }: Stage): Promise<Standing> {
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  const { seed, featureParties = 1 } = options
  const example = verticalExample(options.dataset ?? 'breast')
  const settings = verticalSettings({ ...options, task: options.task ?? example.task })
  if (settings.task === 'logistic' && !example.binary)
    throw new TributaryError('config_invalid', {
      setting: 'task',
      reason: `the label of ${example.name} has more than two values`,
    })
  const folder = await freshDemoFolder(options.dataDir)
  const port = await portOrAny(options.port, HOST)
  if (port !== options.port) view.line(`Port ${options.port} is taken; the coordinator takes another.`)

  const demo = await demoTables(example, featureParties, seed, folder)
  const names = [KEY_SERVICE, ...demo.tables.map(({ name }) => name)]
  const [coordinator, identities] = await Promise.all([startCoordinatorProcess(folder, port), makeIdentities(names, folder)])
  stops.push(coordinator.stop)
  view.line(`Coordinator  ${coordinator.url}  (process ${coordinator.pid}, data in ${folder})`)
  view.line(`Dashboard    ${coordinator.url}/#token=${coordinator.adminToken}`)
  for (const line of splitLines(example, demo.tables, identities.all)) view.line(line)

  const admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
  const api = new VerticalApi(admin)
  const federation = await admin.createFederation('demo', signal)
  const invites = new Map<string, string>()
  for (const name of names) invites.set(name, (await admin.createInvite(federation.id, { name }, signal)).code)
  const parties = new VerticalParties({
    url: coordinator.url,
    folder,
    identities,
    keyService: KEY_SERVICE,
    tables: demo.tables,
    invites,
    onNote: (text) => view.line(text),
  })
  stops.push(() => parties.stop())
  const failed = Promise.race([coordinator.failed, parties.failed])
  const broken = new AbortController()
  failed.catch(() => broken.abort())
  const pids = [...parties.pids].map(([name, pid]) => `${name} ${pid}`)
  view.line(`Processes    coordinator ${coordinator.pid}, ${pids.join(', ')}`)
  await Promise.race([parties.connected(), failed])
  view.line('')

  const created = await api.createRun(federation.id, { name: `demo ${example.name}`, settings }, signal)
  const start = elapsed()
  view.line(`Run ${created.id}`)
  const ending = AbortSignal.any([signal, broken.signal])
  const followed = await Promise.race([
    failed,
    followVerticalRun(api, created.id, {
      view,
      signal: ending,
      pollMilliseconds: POLL_MS,
      onTrouble: ({ message }) => view.line(message),
    }),
  ])
  const run = await api.run(created.id, signal)
  if (run.phase !== 'completed' || run.manifest === null) throw new RunFailure(failureOf(run))

  const ended = elapsed()
  const files = await Promise.race([parties.outcomes(), failed])
  const outcomes = new Map(await Promise.all([...files].map(async ([name, file]) => [name, await readOutcome(file)] as const)))
  const evaluation = evaluate(demo, outcomes, { lambda: settings.lambda, task: settings.task, binary: example.binary })
  const stateDirs = new Map(identities.all.map(({ name, stateDir }) => [name, stateDir]))
  const audits = await verifyByAll(parties, [...outcomes.keys()], stateDirs, run.id, ending)
  const label = demo.tables.find(({ role }) => role === 'label')?.name ?? ''
  const scale = outcomes.get(label)
  const maxPredictionError = await predictionError({
    receiver: stateDirs.get(label) ?? '',
    run,
    demo,
    evaluation,
    scale: { mean: scale?.intercept ?? 0, deviation: scale?.labelDeviation ?? 1 },
    signal: ending,
  })
  const result = verticalDemoResult({
    dataset: example.name,
    seed,
    run,
    he: run.manifest.he,
    followed,
    features: Object.fromEntries(demo.tables.map(({ name, features }) => [name, features.length])),
    outcomes,
    evaluation,
    maxPredictionError,
    audits,
    seconds: { start, verifying: elapsed() - ended, total: elapsed() },
  })
  view.stop()
  const lines = verticalSummaryLines(result, followed)
  if (printer.json) for (const line of lines) printer.line(line)
  printer.result(result, lines)
  warnOfNotConverged(notConvergedLines(run, followed.ended, chooseLanguage(options.language, process.env)))
  return { url: coordinator.url, failed }
}

function splitLines({ about }: VerticalExample, tables: readonly DemoTable[], identities: readonly DemoIdentity[]): string[] {
  const fingerprint = (party: string) => identities.find(({ name }) => name === party)?.fingerprint.slice(0, 16) ?? ''
  const what = ({ features, labelColumn }: DemoTable) =>
    `${countOf(features.length, 'column')}${labelColumn === null ? '' : ` and the label ${labelColumn}`}`
  return [
    `Data         ${about}`,
    ...tables.map((table) => `             ${table.name.padEnd(10)} ${what(table)}; fingerprint ${fingerprint(table.name)}…`),
    `             ${KEY_SERVICE.padEnd(10)} the keys, no table; fingerprint ${fingerprint(KEY_SERVICE)}…`,
    'Relaxed here: one machine and one operator, who made all identities and hands the fingerprints out as a file. Each party still has',
    'its own process, folder and key file; elsewhere each makes its own identity and compares fingerprints by telephone.',
  ]
}

/** Each data party compares the key service's log with its own receipts and with the heads that it was shown. */
async function verifyByAll(
  parties: VerticalParties,
  names: readonly string[],
  stateDirs: ReadonlyMap<string, string>,
  run: string,
  signal: AbortSignal,
) {
  const { url, auditor } = parties.keyService
  const { entries } = await fetchAuditLog(url, auditor, run, signal)
  const audits = new Map<string, { entries: number; head: { seq: number; hash: string; signature: string } }>()
  for (const name of names) {
    const audit = await askHolder(stateDirs.get(name) ?? '', 'audit', { entries }, signal)
    if (audit === null) throw new TributaryError('institution_died', { name, how: 'it does not answer', log: `${name}.log` })
    audits.set(name, audit)
  }
  return audits
}

interface PredictionQuestion {
  readonly receiver: string
  readonly run: VerticalRun
  readonly demo: DemoTables
  readonly evaluation: Evaluation
  readonly scale: { readonly mean: number; readonly deviation: number }
  readonly signal: AbortSignal
}

/** The receiver asks for a few rows; what comes by masked shares is compared with the same weights on the joined table. */
async function predictionError({ receiver, run, demo, evaluation, scale, signal }: PredictionQuestion): Promise<number> {
  const rows = Array.from({ length: PREDICTED_ROWS }, (_, row) => row)
  const answer = await askHolder(receiver, 'predict', { run: run.id, rows }, signal)
  if (answer === null) throw new TributaryError('institution_died', { name: receiver, how: 'it does not answer', log: receiver })
  const errors = answer.predictions.map(({ id, value }) => {
    const row = demo.rowOf.get(id ?? '')
    const sum = scale.mean + scale.deviation * (row === undefined ? Number.NaN : (evaluation.scores[row] ?? Number.NaN))
    return Math.abs(value - (run.settings.task === 'logistic' ? 1 / (1 + Math.exp(-sum)) : sum))
  })
  return Math.max(...errors)
}

function failureOf({ failure, phase }: VerticalRun): FailureReason {
  if (failure === null)
    return { ...new TributaryError('unexpected', { reason: `the run is ${phase}` }).toBody(), participants: [] }
  const { name } = failure.details
  return { ...failure, participants: typeof name === 'string' ? [name] : [] }
}
