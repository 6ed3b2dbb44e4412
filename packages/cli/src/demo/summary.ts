import type { Run } from '@tributary/protocol'
import { plot } from '../output/plot.ts'
import { countOf, formatBytes, formatMetric, formatSeconds, formatShare } from '../output/units.ts'
import type { Followed } from '../runs/follow-run.ts'

export interface DemoResult {
  readonly mode: 'demo'
  readonly model: string
  readonly rounds: number
  /** 0..1 on the coordinator's 10,000 test images. */
  readonly accuracy: number | null
  readonly loss: number | null
  readonly participants: number
  /** From the institutions to the coordinator. */
  readonly bytesUp: number
  readonly bytesDown: number
  readonly seconds: number
  readonly secondsByPhase: Readonly<Record<'start' | 'selecting' | 'training' | 'aggregating' | 'evaluating', number>>
  readonly backend: string
  readonly modelSha256: string
  readonly seed: number
}

export interface DemoTimes {
  /** Until the run was created. */
  readonly start: number
  readonly total: number
}

const round3 = (seconds: number): number => Math.round(seconds * 1000) / 1000

export function demoResult(
  run: Run,
  { history, times }: Followed,
  participants: number,
  { start, total }: DemoTimes,
): DemoResult {
  const { selecting, training, aggregating, evaluating } = times.seconds
  return {
    mode: 'demo',
    model: run.config.model.name,
    rounds: run.round,
    accuracy: run.metrics.accuracy ?? null,
    loss: run.metrics.loss ?? null,
    participants,
    bytesUp: run.bytesUp,
    bytesDown: run.bytesDown,
    seconds: round3(total),
    secondsByPhase: {
      start: round3(start),
      selecting: round3(selecting),
      training: round3(training),
      aggregating: round3(aggregating),
      evaluating: round3(evaluating),
    },
    backend: [...history.backends].sort().join(','),
    modelSha256: run.modelSha256,
    seed: run.config.seed,
  }
}

/** What people read after the last round. */
export function summaryLines(result: DemoResult, { history }: Followed): string[] {
  const points = history.closed.flatMap(({ round, metrics: { accuracy } }) =>
    accuracy === undefined ? [] : [{ x: round, y: accuracy }],
  )
  const phases = Object.entries(result.secondsByPhase).map(([phase, seconds]) => `${phase} ${formatSeconds(seconds)}`)
  return [
    '',
    'Accuracy on 10,000 test images by round',
    '',
    ...plot(points, { label: formatShare, xTitle: 'round' }),
    '',
    `${result.model}, ${countOf(result.rounds, 'round')} with ${countOf(result.participants, 'institution')}: accuracy ${formatShare(result.accuracy)}, loss ${formatMetric(result.loss)}`,
    `time ${formatSeconds(result.seconds)} (${phases.join(', ')}), on ${result.backend}`,
    `received ${formatBytes(result.bytesUp)}, sent ${formatBytes(result.bytesDown)}; no row of data left its institution`,
    `model sha256 ${result.modelSha256}, seed ${result.seed}`,
  ]
}
