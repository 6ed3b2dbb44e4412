import { existsSync } from 'node:fs'
import { deferred } from '@tributary/client'
import { joinVertical, type PartyEvent, type SavedOutcome, type VerticalSession, verifyRunAudit } from '@tributary/party'
import { signedHeadSchema, TributaryError } from '@tributary/protocol'
import { endOfProcess, tellParent } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import type { JoinOptions } from '../commands/join.ts'
import { exitCodes } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { approvalOf } from './approval.ts'
import { CommonRows } from './common-rows.ts'
import { type ControlServer, startControlServer } from './control/control-server.ts'
import { firstInvite } from './first-invite.ts'
import { outcomeFile, partyFolder } from './party-folder.ts'
import { partyLines } from './party-lines.ts'
import { pinnedPeers } from './peers.ts'
import { stateLock } from './state-lock.ts'

/** How a run ended for this party. */
interface RunEnd {
  readonly run: string
  readonly outcome: SavedOutcome | null
  readonly error: TributaryError | null
}

/** Takes part in vertical runs with one table until this process should end, or with --once until a run has ended. */
export async function takePartVertically(options: JoinOptions, printer: Printer): Promise<number> {
  const { url, name } = options
  const { role, table, idColumn } = tableOf(options)
  const end = endOfProcess()
  const language = chooseLanguage(options.language, process.env)
  const stateDir = partyFolder(name, options.stateDir)
  const lock = stateLock(options.keyFile, process.env)
  const peers = await pinnedPeers(options)
  const approve = approvalOf(options, name, end)
  const { invite } = await firstInvite({ ...options, folder: stateDir, lock })
  const started = deferred<VerticalSession>()
  const firstEnd = deferred<RunEnd>()
  /** What no run accounts for, as a disk that is full: it ends the program, also one that would go on after this run. */
  const broken = deferred<never>()

  const finishing = new Set<string>()
  const doneNow = new Set<string>()
  const underWay = new Set<string>()
  /** Saves the outcome; also of a run that was done before, and this process killed before it was saved or told. */
  const finish = async (run: string): Promise<void> => {
    if (finishing.has(run)) return
    finishing.add(run)
    const file = outcomeFile(stateDir, run)
    const isSaved = existsSync(file)
    const session = await started.promise
    try {
      const outcome = await session.outcome(run)
      if (!isSaved || doneNow.has(run)) {
        const head = session.store.run(run).seen('head', signedHeadSchema).at(-1)
        if (head !== undefined) printer.line(`Audit head ${head.seq} ${head.hash}`)
        printer.line(`Own weights are saved in ${file}`)
        firstEnd.resolve({ run, outcome, error: null })
      }
      await tellParent({ type: 'partyDone', name, run, file })
    } catch (error) {
      if (!(error instanceof TributaryError)) return broken.reject(error)
      firstEnd.resolve({ run, outcome: null, error })
    }
  }
  const onEvent = (event: PartyEvent): void => {
    for (const line of partyLines(event, language)) printer.line(line)
    if (event.type === 'done') doneNow.add(event.run)
    if (event.type === 'done' || event.type === 'ended' || (event.type === 'started' && event.resumed)) void finish(event.run)
    if (event.type !== 'phase') return
    // Others may refuse or cancel before the run has begun here; one that was over when this process started is no news.
    if (event.phase === 'aborted' && underWay.has(event.run)) void finish(event.run)
    underWay.add(event.run)
  }

  let session: VerticalSession
  try {
    session = await joinVertical({
      ...lock,
      url,
      name,
      role,
      table,
      idColumn,
      labelColumn: options.label,
      weightColumn: options.weight,
      peers,
      stateDir,
      approve,
      invite,
      onEvent,
      firstContactSeconds: options.wait,
      signal: end,
    })
  } catch (error) {
    if (end.aborted) return 0
    throw error
  }
  let control: ControlServer | null = null
  try {
    const rows = new CommonRows(session.store, { table, idColumn })
    control = await startControlServer(stateDir, {
      predict: async ({ run: asked, rows: wanted }) => {
        const run = asked ?? rows.onlyRun()
        const positions = wanted === 'all' ? await rows.all(run) : wanted
        const values = await session.predict(run, positions)
        const ids = await rows.ids(run)
        return {
          run,
          predictions: positions.map((row, place) => ({ row, id: ids[row] ?? null, value: values[place] ?? Number.NaN })),
        }
      },
      audit: async ({ entries }) => verifyRunAudit(session, entries),
    })
    started.resolve(session)
    await tellParent({ type: 'partyConnected', name: session.name, fingerprint: session.fingerprint })
    const ended = await Promise.race([
      session.done,
      whenAborted(end),
      broken.promise,
      ...(options.once ? [firstEnd.promise] : []),
    ])
    return report(ended ?? null, { name: session.name, fingerprint: session.fingerprint }, printer)
  } finally {
    await control?.close()
    await session.close()
  }
}

function report(ended: RunEnd | null, party: { name: string; fingerprint: string }, printer: Printer): number {
  if (ended === null) {
    printer.result({ ...party, run: null, outcome: null }, [`${party.name} has stopped taking part.`])
    return exitCodes.ok
  }
  const { run, outcome, error } = ended
  const said = outcome === null ? `${run} ended without an outcome.` : `${run} is done.`
  printer.result({ ...party, run, outcome, error: error === null ? null : error.toBody() }, [said])
  return error === null ? exitCodes.ok : exitCodes.runEnded
}

/** @throws TributaryError `config_invalid` for options that belong to the other kind of run, or are missing */
function tableOf({ role, data, id, label, schema, mnist, part, leave }: JoinOptions) {
  const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
  if (role === undefined) throw invalid('role', 'give --role feature or --role label')
  if (mnist || part !== undefined || schema !== undefined || leave)
    throw invalid('role', '--schema, --mnist, --part and --leave belong to runs without --role')
  if (data === undefined || id === undefined) throw invalid('data', 'give --data FILE and the column of its ids with --id')
  if (role === 'label' && label === undefined) throw invalid('label', 'the label party names its column with --label')
  if (role === 'feature' && label !== undefined) throw invalid('label', 'a feature party has no --label')
  return { role, table: data, idColumn: id }
}
