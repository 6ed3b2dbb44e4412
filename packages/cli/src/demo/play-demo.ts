import type { FailureReason } from '@tributary/protocol'
import { endOfProcess } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import { exitCodeOfError, exitCodeOfSignal, exitCodes } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { createProgressView, type ProgressView } from '../output/progress-view.ts'
import { failureLines } from '../runs/failure-lines.ts'
import { PartyFailure } from './party-failure.ts'

/** What a demo is played on. */
export interface Stage {
  readonly view: ProgressView
  /** Anything that has to be stopped in the end, the last started first. */
  readonly stops: (() => Promise<void>)[]
  /** Aborted when the demo should end. */
  readonly signal: AbortSignal
}

/** Everything is done and printed; the processes still run. */
export interface Standing {
  readonly url: string
  readonly failed: Promise<never>
}

/** Plays a whole demo; answers the exit code. Whatever happens, no process is left behind. */
export async function playDemo(
  options: { readonly exit?: true; readonly language?: string },
  printer: Printer,
  play: (stage: Stage) => Promise<Standing>,
): Promise<number> {
  const end = endOfProcess()
  const language = chooseLanguage(options.language, process.env)
  const view = createProgressView(printer, printer.json ? process.stderr : process.stdout)
  const stage: Stage = { view, stops: [], signal: end }
  const interrupted = whenAborted(end).then((): number => exitCodeOfSignal(end.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT'))
  try {
    const done = await Promise.race([play(stage), interrupted])
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
    for (const stop of stage.stops.reverse()) await stop()
  }
}

/** The run itself failed or was cancelled. */
export class RunFailure extends Error {
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
