import { type Manifest, TributaryError } from '@tributary/protocol'
import { cholesky, gram } from '../arithmetic/cholesky.ts'
import type { PreparedTable } from '../jobs.ts'
import { effectiveLambda, fewestRows } from '../run/roles.ts'
import { prepareLabel } from './label.ts'
import { checkLeverage, checkSides } from './leverage.ts'
import { rootWeights } from './row-weights.ts'
import { isConstant, moments, standardised } from './standardise.ts'

/** A party's aligned rows, in the common order. */
export interface AlignedTable {
  readonly names: readonly string[]
  /** n values each. */
  readonly columns: readonly Float64Array[]
  /** Label party only. */
  readonly label: Float64Array | null
  /** Used when the settings ask for row weights. */
  readonly rowWeights: Float64Array | null
  /** Line of each row in its file, for messages; positions when it is missing. */
  readonly lines?: readonly number[]
}

/**
 * The party's table as the protocol uses it: constant columns dropped, standardised over the aligned rows, weighted, rounded once.
 * @throws TributaryError `data_not_finite`, `slr_too_few_rows`, `slr_leverage`, `slr_label`, `slr_row_weights`, `slr_secret_weights`,
 *   `slr_params`
 */
export function prepareTable(raw: AlignedTable, manifest: Manifest, me: string): PreparedTable {
  const { settings } = manifest
  const rows = raw.columns[0]?.length ?? raw.label?.length ?? 0
  const minimum = Math.max(fewestRows(manifest), raw.columns.length > 0 ? 10 * (raw.columns.length + 1) : 0)
  if (rows < minimum) throw new TributaryError('slr_too_few_rows', { rows, minimum })
  raw.columns.forEach((column, index) => {
    requireFinite(column, raw.names[index] ?? '', raw.lines)
  })
  if (raw.label !== null) requireFinite(raw.label, 'label', raw.lines)
  const isLabelParty = manifest.parties.some(({ name, role }) => name === me && role === 'label')
  if (isLabelParty && raw.label === null) throw new TributaryError('slr_label', { reason: 'there is none' })
  if (settings.rowWeights && raw.rowWeights === null) throw new TributaryError('slr_secret_weights', {})
  const root = settings.rowWeights && raw.rowWeights !== null ? rootWeights(raw.rowWeights) : null

  const kept: { name: string; values: Float64Array; mean: number; deviation: number }[] = []
  const dropped: string[] = []
  raw.columns.forEach((values, index) => {
    const name = raw.names[index] ?? ''
    const { mean, deviation } = moments(values, root)
    if (isConstant(values, deviation)) dropped.push(name)
    else kept.push({ name, values, mean, deviation })
  })
  for (const { values, name } of kept) checkSides(values, name)
  const { fx } = settings.fixedPoint
  const columns = kept.map((column) => standardised(column.values, column, root, fx))
  const names = kept.map(({ name }) => name)
  const label = isLabelParty && raw.label !== null ? prepareLabel(raw.label, settings, root) : noLabel
  return {
    rows,
    columns,
    names,
    means: kept.map(({ mean }) => mean),
    deviations: kept.map(({ deviation }) => deviation),
    dropped,
    ...label,
    rootWeights: root,
    factor: ownBlock(columns, effectiveLambda(settings), fx),
    notices: checkLeverage(columns, names, rows),
  }
}

const noLabel = { label: null, labelMean: 0, labelDeviation: 1 } as const

/**
 * Cholesky factor of P_j = 2XᵀX + λI.
 * @throws TributaryError `slr_params` when λ is lost in the rounding of columns that depend on each other
 */
function ownBlock(columns: readonly Float64Array[], lambda: number, digits: number): Float64Array {
  const size = columns.length
  const block = gram(columns, digits).map((value) => 2 * value)
  for (let i = 0; i < size; i += 1) block[i * size + i] = (block[i * size + i] ?? 0) + lambda
  try {
    return cholesky(block, size)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const reason = "columns of this table depend on each other, and the run's lambda is too small for that"
    // Of the own table: the others are told the code.
    throw new TributaryError('slr_params', { reason, own: true })
  }
}

function requireFinite(values: Float64Array, column: string, lines: readonly number[] | undefined): void {
  const row = values.findIndex((value) => !Number.isFinite(value))
  if (row >= 0) throw new TributaryError('data_not_finite', { column, line: lines?.[row] ?? row })
}
