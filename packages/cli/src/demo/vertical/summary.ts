import type { RunAudit, SavedOutcome } from '@tributary/party'
import type { HeParameters, VerticalRun } from '@tributary/protocol'
import { plot } from '../../output/plot.ts'
import { countOf, formatBytes, formatSeconds } from '../../output/units.ts'
import type { FollowedVertical } from '../../vertical/follow-vertical-run.ts'
import type { TimedPhase } from '../../vertical/phase-times.ts'
import type { Evaluation } from './evaluation.ts'

export interface VerticalDemoResult {
  readonly mode: 'vertical'
  readonly dataset: string
  readonly task: 'linear' | 'logistic'
  /** Common rows. */
  readonly rows: number
  /** Columns by party. */
  readonly features: Readonly<Record<string, number>>
  readonly scheme: { readonly name: 'BFV' } & HeParameters
  readonly optimiser: string
  readonly lambda: number
  readonly fixedPoint: { readonly fx: number; readonly fu: number }
  /** Encrypted steps, the closing one among them. */
  readonly steps: number
  readonly converged: boolean
  readonly maxRelativeWeightError: number
  /** Of the joint model; null where the label has more than two values. */
  readonly auc: number | null
  readonly aucAlone: Readonly<Record<string, number>> | null
  readonly irlsAuc: number | null
  /** L, in units of the standardised label (of 2y for logistic), as the parties computed it. */
  readonly loss: number
  readonly f: number
  /** max|prediction − the parties' weights on the joined table| over the rows asked, in units of the label. */
  readonly maxPredictionError: number
  /** Of all messages that the hub relayed. */
  readonly bytes: number
  readonly seconds: number
  readonly secondsByPhase: Readonly<Record<'start' | TimedPhase | 'verifying', number>>
  readonly auditHead: { readonly seq: number; readonly hash: string }
  /** Entries that each of them verified. */
  readonly audit: { readonly entries: number; readonly verifiedBy: readonly string[] }
  readonly seed: number
}

export interface VerticalDemoParts {
  readonly dataset: string
  readonly seed: number
  readonly run: VerticalRun
  readonly he: HeParameters
  readonly followed: FollowedVertical
  readonly features: Readonly<Record<string, number>>
  readonly outcomes: ReadonlyMap<string, SavedOutcome>
  readonly evaluation: Evaluation
  readonly maxPredictionError: number
  readonly audits: ReadonlyMap<string, Pick<RunAudit, 'entries' | 'head'>>
  /** Seconds until the run was created, for looking after its end, in all. */
  readonly seconds: { readonly start: number; readonly verifying: number; readonly total: number }
}

const round3 = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** @throws RangeError when nobody has verified the log, or no outcome is there */
export function verticalDemoResult(parts: VerticalDemoParts): VerticalDemoResult {
  const { dataset, seed, run, he, followed, features, outcomes, evaluation, maxPredictionError, audits, seconds } = parts
  const [outcome] = outcomes.values()
  const [audit] = audits.values()
  if (outcome === undefined || audit === undefined) throw new RangeError('a run without outcomes or without its log')
  const { settings } = run
  const phases = Object.fromEntries(
    Object.entries(followed.times.seconds).map(([phase, spent]) => [phase, round3(spent)]),
  ) as Record<TimedPhase, number>
  return {
    mode: 'vertical',
    dataset,
    task: settings.task,
    rows: followed.rows ?? 0,
    features,
    scheme: { name: 'BFV', ...he },
    optimiser: settings.optimiser.name,
    lambda: settings.lambda,
    fixedPoint: settings.fixedPoint,
    steps: outcome.steps,
    converged: outcome.converged,
    maxRelativeWeightError: evaluation.maxRelativeWeightError,
    auc: evaluation.auc,
    aucAlone: evaluation.aucAlone,
    irlsAuc: evaluation.irlsAuc,
    loss: outcome.loss,
    f: outcome.f,
    maxPredictionError,
    bytes: run.bytes,
    seconds: round3(seconds.total),
    secondsByPhase: { start: round3(seconds.start), ...phases, verifying: round3(seconds.verifying) },
    auditHead: { seq: audit.head.seq, hash: audit.head.hash },
    audit: { entries: audit.entries, verifiedBy: [...audits.keys()] },
    seed,
  }
}

/** What people read in the end. */
export function verticalSummaryLines(result: VerticalDemoResult, { steps }: FollowedVertical): string[] {
  const points = steps.flatMap(({ step, f, closing }) => (f === null || closing ? [] : [{ x: step, y: f }]))
  const phases = Object.entries(result.secondsByPhase).map(([phase, seconds]) => `${phase} ${formatSeconds(seconds)}`)
  const columns = Object.entries(result.features).map(([party, count]) => `${party} ${count}`)
  const { auc, aucAlone, irlsAuc } = result
  const digits = (value: number) => value.toFixed(5)
  return [
    '',
    'Loss f by step',
    '',
    ...plot(points, { label: (f) => f.toFixed(1), xTitle: 'step' }),
    '',
    `${result.dataset}, ${result.task} regression: ${countOf(result.rows, 'common row')}, columns ${columns.join(' + ')}, ${countOf(result.steps, 'encrypted step')}`,
    `loss ${result.loss.toFixed(6)}, f ${result.f.toFixed(6)}${result.converged ? '' : ' (not converged)'}`,
    `weights differ from the closed form on the joined table by ${result.maxRelativeWeightError.toExponential(1)} of the largest`,
    ...(auc === null || aucAlone === null
      ? []
      : [
          `area under the ROC curve: joint ${digits(auc)}, alone ${Object.entries(aucAlone)
            .map(([party, area]) => `${party} ${digits(area)}`)
            .join(', ')}${irlsAuc === null ? '' : `, without the Taylor form ${digits(irlsAuc)}`}`,
        ]),
    `predictions by masked shares differ from the same weights on the joined table by at most ${result.maxPredictionError.toExponential(1)}`,
    `time ${formatSeconds(result.seconds)} (${phases.join(', ')}); ${formatBytes(result.bytes)} of sealed messages`,
    `audit head ${result.auditHead.seq} ${result.auditHead.hash}: ${countOf(result.audit.entries, 'entry').replace('entrys', 'entries')} verified by ${result.audit.verifiedBy.join(', ')}`,
  ]
}
