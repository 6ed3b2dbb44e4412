import type { SavedOutcome } from '@tributary/party'
import { areaUnderCurve } from './auc.ts'
import { closedForm, maxRelativeError, scoresOf, signs, standardised } from './closed-form.ts'
import type { DemoTables } from './demo-tables.ts'
import { irlsScores } from './irls.ts'

export interface Evaluation {
  /** max|w − w*| / max|w*| against the closed form on the joined, unrounded table. */
  readonly maxRelativeWeightError: number
  /** L of the closed form. */
  readonly closedFormLoss: number
  /** Area under the ROC curve of the joint model, where the label has two values. */
  readonly auc: number | null
  /** The same of what each party could fit with its own columns alone, were it given the label. */
  readonly aucAlone: Readonly<Record<string, number>> | null
  /** Of logistic regression without the Taylor form, on the joined table. */
  readonly irlsAuc: number | null
  /** Score of each joined row by the parties' saved weights, in units of the standardised label (or of 2y). */
  readonly scores: Float64Array
}

/** What only somebody with all tables can compute: how near the parties came, and what joining was worth. */
export function evaluate(
  { joined, owners }: Pick<DemoTables, 'joined' | 'owners'>,
  outcomes: ReadonlyMap<string, SavedOutcome>,
  { lambda, task, binary }: { lambda: number; task: 'linear' | 'logistic'; binary: boolean },
): Evaluation {
  const truth = closedForm(joined, { lambda, task })
  const weights = joined.names.map((name, place) => weightOf(outcomes.get(owners[place] ?? ''), name))
  const scores = scoresOf(joined.columns.map(standardised), weights)
  const positive = binary ? [...signs(joined.label)].map((sign) => sign > 0) : null
  const alone = (party: string) => {
    const columns = joined.columns.filter((_, place) => owners[place] === party)
    return closedForm({ ...joined, columns }, { lambda, task }).scores
  }
  return {
    maxRelativeWeightError: maxRelativeError(weights, truth.weights),
    closedFormLoss: truth.loss,
    auc: positive && areaUnderCurve(scores, positive),
    aucAlone:
      positive && Object.fromEntries([...new Set(owners)].map((party) => [party, areaUnderCurve(alone(party), positive)])),
    irlsAuc: positive && task === 'logistic' ? areaUnderCurve(irlsScores(joined, lambda), positive) : null,
    scores,
  }
}

/** NaN for a column that the party does not know: no error of it may look small. */
function weightOf(outcome: SavedOutcome | undefined, name: string): number {
  if (outcome?.dropped.includes(name)) return 0
  return outcome?.weights[outcome.names.indexOf(name)] ?? Number.NaN
}
