import type { CoordinatorApi } from '@tributary/client'
import type { Round } from '@tributary/protocol'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { formatTable } from '../output/table.ts'
import { formatBytes, formatMetric, formatShare } from '../output/units.ts'
import { failureLines } from './failure-lines.ts'

/** Prints a run with its rounds, and for a failed one the reason. */
export async function showRun(api: CoordinatorApi, id: string, printer: Printer, asked: string | undefined): Promise<void> {
  const [run, rounds] = await Promise.all([api.run(id), api.rounds(id)])
  const { config } = run
  const columns = [
    { title: 'round', align: 'right' },
    { title: 'phase' },
    { title: 'accuracy', align: 'right' },
    { title: 'loss', align: 'right' },
    { title: 'participants' },
  ] as const
  printer.result({ ...run, rounds }, [
    `${run.name} (${run.id}): ${run.phase}, round ${run.round} of ${config.rounds}`,
    `model ${config.model.name}, seed ${config.seed}, sha256 ${run.modelSha256}`,
    `received ${formatBytes(run.bytesUp)}, sent ${formatBytes(run.bytesDown)}`,
    `possible now: ${run.allowedActions.join(', ') || 'nothing'}`,
    ...(run.failure === null ? [] : ['', ...failureLines(run.failure, chooseLanguage(asked, process.env))]),
    '',
    ...formatTable(columns, rounds.map(roundRow)),
  ])
}

const roundRow = ({ round, phase, metrics, participants }: Round): string[] => [
  `${round}`,
  phase,
  formatShare(metrics.accuracy),
  formatMetric(metrics.loss),
  participants.map(({ name, state }) => `${name} ${state}`).join(', '),
]
