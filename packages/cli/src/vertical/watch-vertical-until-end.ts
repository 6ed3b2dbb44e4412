import type { VerticalApi } from '@tributary/client'
import { endOfProcess } from '../children/parent-channel.ts'
import { exitCodeOfSignal, exitCodes } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { formatMetric } from '../output/units.ts'
import { failureLines } from '../runs/failure-lines.ts'
import { type FollowedVertical, followVerticalRun } from './follow-vertical-run.ts'
import { notConvergedLines, warnOfNotConverged } from './not-converged.ts'

/**
 * Follows a vertical run to its end, prints what became of it, and answers the exit code: that of a run that ended by itself is 0 also
 * when it has not converged, since its result is kept.
 */
export async function watchVerticalUntilEnd(
  { api }: { readonly api: VerticalApi },
  id: string,
  printer: Printer,
  asked: string | undefined,
): Promise<number> {
  const signal = endOfProcess()
  const language = chooseLanguage(asked, process.env)
  let followed: FollowedVertical
  try {
    followed = await followVerticalRun(api, id, { view: printer, signal, onTrouble: ({ message }) => printer.line(message) })
  } catch (error) {
    if (signal.aborted) return exitCodeOfSignal(signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
    throw error
  }
  const run = await api.run(id)
  printer.result(run, [
    `The vertical run ${id} is ${run.phase} after step ${run.step ?? '-'}: f ${formatMetric(run.f)}.`,
    ...(run.head === null ? [] : [`audit head ${run.head.seq} ${run.head.hash}`]),
    ...(run.failure === null ? [] : failureLines(run.failure, language)),
  ])
  warnOfNotConverged(notConvergedLines(run, followed.ended, language))
  return run.phase === 'completed' ? exitCodes.ok : exitCodes.runEnded
}
