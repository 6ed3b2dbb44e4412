/** Columns of all parties side by side, row by row the same customer; unrounded. */
export interface JoinedTable {
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
  readonly label: Float64Array
}

export interface ClosedForm {
  /** In units of the standardised columns and label (of 2y for logistic); 0 for constant columns. */
  readonly weights: readonly number[]
  /** Xw of standardised columns, for each row. */
  readonly scores: Float64Array
  /** L = Σ(Xw − y)². */
  readonly loss: number
  /** L + λ/2·|w|². */
  readonly f: number
}

/**
 * The minimum of Σ(Xw − y)² + λ/2·|w|² by its normal equations (2XᵀX + λI)w = 2Xᵀy in float64, solved by Cholesky. Columns and
 * label are standardised by population deviations. Logistic is its second-order Taylor form: targets 2y of y = ±1, centred, and 8λ.
 * @throws RangeError when a label of logistic regression has other than two values
 */
export function closedForm(
  { columns, label }: JoinedTable,
  { lambda, task }: { lambda: number; task: 'linear' | 'logistic' },
): ClosedForm {
  const X = columns.map(standardised)
  const y = task === 'linear' ? standardised(label) : centred(signs(label).map((sign) => 2 * sign))
  const penalty = task === 'linear' ? lambda : 8 * lambda
  const H = X.map((a, i) => X.map((b, j) => 2 * inner(a, b) + (i === j ? penalty : 0)))
  const weights = solve(
    H,
    X.map((a) => 2 * inner(a, y)),
  )
  const scores = scoresOf(X, weights)
  const residual = scores.map((score, row) => score - at(y, row))
  const loss = inner(residual, residual)
  return { weights, scores, loss, f: loss + (penalty / 2) * weights.reduce((sum, w) => sum + w * w, 0) }
}

/** Xw of standardised columns. */
export const scoresOf = (X: readonly Float64Array[], weights: readonly number[]): Float64Array => {
  const scores = new Float64Array(X[0]?.length ?? 0)
  for (const [place, column] of X.entries())
    for (let row = 0; row < scores.length; row += 1) scores[row] = at(scores, row) + at(column, row) * at(weights, place)
  return scores
}

/** (x − mean)/sd by the population deviation; all 0 for a constant column. */
export function standardised(values: Float64Array): Float64Array {
  const shifted = centred(values)
  const deviation = Math.sqrt(inner(shifted, shifted) / values.length)
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return deviation <= 1e-12 * largest ? new Float64Array(values.length) : shifted.map((value) => value / deviation)
}

/** A label with two values as −1 (the smaller one) and 1. @throws RangeError */
export function signs(label: Float64Array): Float64Array {
  const [low, high, ...others] = [...new Set(label)].sort((a, b) => a - b)
  if (low === undefined || high === undefined || others.length > 0) throw new RangeError('the label has not two values')
  return label.map((value) => (value === high ? 1 : -1))
}

/** max|w − w*| / max|w*|. */
export function maxRelativeError(weights: readonly number[], truth: readonly number[]): number {
  const largest = Math.max(...truth.map(Math.abs))
  return Math.max(...truth.map((value, place) => Math.abs(value - (weights[place] ?? Number.NaN)))) / largest
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}

export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let row = 0; row < a.length; row += 1) sum += at(a, row) * at(b, row)
  return sum
}

/** Ax = b for a symmetric positive definite A: Cholesky (Golub and Van Loan, Matrix Computations, 4.2.5). @throws RangeError */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length
  const L = matrix.map(() => new Float64Array(size))
  const l = (row: number, column: number) => at(L[row] ?? [], column)
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1) {
      let sum = at(matrix[row] ?? [], column)
      for (let k = 0; k < column; k += 1) sum -= l(row, k) * l(column, k)
      const factor = L[row]
      if (factor === undefined || (row === column && !(sum > 0))) throw new RangeError('the matrix is not positive definite')
      factor[column] = row === column ? Math.sqrt(sum) : sum / l(column, column)
    }
  const x = [...right]
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < row; k += 1) x[row] = at(x, row) - l(row, k) * at(x, k)
    x[row] = at(x, row) / l(row, row)
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < size; k += 1) x[row] = at(x, row) - l(k, row) * at(x, k)
    x[row] = at(x, row) / l(row, row)
  }
  return x
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? 0
