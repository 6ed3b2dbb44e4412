/** Independent of the product: plain float64 on the joined, unrounded table. */

export interface Truth {
  readonly w: readonly number[]
  /** Σ(Xw − y)². */
  readonly loss: number
  /** L + λ/2·|w|². */
  readonly f: number
  readonly labelMean: number
  readonly labelDeviation: number
}

/** (2XᵀX + λI)w = 2Xᵀy by Gaussian elimination with partial pivoting; columns standardised by population deviations. */
export function normalEquations(
  columns: readonly (readonly number[])[],
  label: readonly number[],
  { lambda, task, weights }: { lambda: number; task: 'linear' | 'logistic'; weights?: readonly number[] },
): Truth {
  const n = label.length
  const sumOfWeights = (weights ?? []).reduce((sum, weight) => sum + weight, 0)
  const omega = label.map((_, i) => (weights === undefined ? 1 : ((weights[i] as number) * n) / sumOfWeights))
  const mean = (v: readonly number[]) => v.reduce((sum, x, i) => sum + (omega[i] as number) * x, 0) / n
  const deviation = (v: readonly number[], m: number) =>
    Math.sqrt(v.reduce((sum, x, i) => sum + (omega[i] as number) * (x - m) ** 2, 0) / n)
  const X = columns.map((column) => {
    const m = mean(column)
    const s = deviation(column, m)
    return column.map((x, i) => ((x - m) / s) * Math.sqrt(omega[i] as number))
  })
  const target = task === 'linear' ? label : label.map((value) => (value === 1 ? 2 : -2))
  const labelMean = mean(target)
  const labelDeviation = task === 'linear' ? deviation(target, labelMean) : 1
  const y = target.map((value, i) => ((value - labelMean) / labelDeviation) * Math.sqrt(omega[i] as number))
  const penalty = task === 'linear' ? lambda : 8 * lambda
  const H = X.map((a, i) => X.map((b, j) => 2 * inner(a, b) + (i === j ? penalty : 0)))
  const b = X.map((a) => 2 * inner(a, y))
  const w = eliminate(H, b)
  const residual = y.map((value, i) => X.reduce((sum, column, j) => sum + (column[i] as number) * (w[j] as number), -value))
  const loss = inner(residual, residual)
  return { w, loss, f: loss + (penalty / 2) * inner(w, w), labelMean, labelDeviation }
}

const inner = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

function eliminate(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number])
  const n = rows.length
  for (let k = 0; k < n; k += 1) {
    let pivot = k
    for (let i = k; i < n; i += 1) if (Math.abs(rows[i]?.[k] as number) > Math.abs(rows[pivot]?.[k] as number)) pivot = i
    const swap = rows[k] as number[]
    rows[k] = rows[pivot] as number[]
    rows[pivot] = swap
    const line = rows[k] as number[]
    for (let i = k + 1; i < n; i += 1) {
      const other = rows[i] as number[]
      const factor = (other[k] as number) / (line[k] as number)
      for (let j = k; j <= n; j += 1) other[j] = (other[j] as number) - factor * (line[j] as number)
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let k = n - 1; k >= 0; k -= 1) {
    const line = rows[k] as number[]
    let sum = line[n] as number
    for (let j = k + 1; j < n; j += 1) sum -= (line[j] as number) * (x[j] as number)
    x[k] = sum / (line[k] as number)
  }
  return x
}

/** max|w − w*|/max|w*|. */
export function relativeError(w: readonly number[], truth: readonly number[]): number {
  const largest = Math.max(...truth.map(Math.abs))
  return Math.max(...truth.map((value, i) => Math.abs(value - (w[i] ?? Number.NaN)))) / largest
}
