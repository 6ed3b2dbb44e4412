import type { CoordinatorApi } from '@tributary/client'
import { endOfProcess } from '../children/parent-channel.ts'
import { exitCodeOfRun, exitCodeOfSignal } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { createProgressView } from '../output/progress-view.ts'
import { formatMetric, formatShare } from '../output/units.ts'
import { failureLines } from './failure-lines.ts'
import { followRun } from './follow-run.ts'

/** Follows a run to its end, prints what became of it, and answers the exit code. */
export async function watchUntilEnd(
  api: CoordinatorApi,
  id: string,
  printer: Printer,
  asked: string | undefined,
): Promise<number> {
  const signal = endOfProcess()
  const view = createProgressView(printer, printer.json ? process.stderr : process.stdout)
  try {
    await followRun(api, id, { view, signal, onTrouble: ({ message }) => view.line(message) })
  } catch (error) {
    if (signal.aborted) return exitCodeOfSignal(signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
    throw error
  } finally {
    view.stop()
  }
  const run = await api.run(id)
  const { accuracy, loss } = run.metrics
  printer.result(run, [
    `The run ${id} is ${run.phase} after round ${run.round} of ${run.config.rounds}: accuracy ${formatShare(accuracy)}, loss ${formatMetric(loss)}.`,
    ...(run.failure === null ? [] : failureLines(run.failure, chooseLanguage(asked, process.env))),
  ])
  return exitCodeOfRun(run.phase)
}
