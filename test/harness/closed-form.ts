/** Joined, standardised columns with the label as the protocol uses it; written apart from the product. */
export interface Joined {
  readonly columns: readonly number[][]
  readonly label: readonly number[]
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Population standard deviation, two passes. */
function scaled(values: readonly number[]): number[] {
  const m = mean(values)
  const sd = Math.sqrt(mean(values.map((value) => (value - m) ** 2)))
  return values.map((value) => (value - m) / sd)
}

/** Columns standardised; the label standardised (linear), or 2y centred for y in −1 and 1 (logistic by Taylor). */
export function joined(columns: readonly (readonly number[])[], label: readonly number[], task: 'linear' | 'logistic'): Joined {
  if (task === 'linear') return { columns: columns.map(scaled), label: scaled(label) }
  const targets = label.map((value) => (value > 0 ? 2 : -2))
  const m = mean(targets)
  return { columns: columns.map(scaled), label: targets.map((value) => value - m) }
}

/** (2XᵀX + λI) w = 2Xᵀy, by Gaussian elimination with pivots in float64. */
export function ridge({ columns, label }: Joined, lambda: number): number[] {
  const p = columns.length
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
  const rows = columns.map((column, j) => [
    ...columns.map((other, k) => 2 * dot(column, other) + (j === k ? lambda : 0)),
    2 * dot(column, label),
  ])
  return eliminate(rows, p)
}

/** Solves an augmented system by elimination with pivots. */
export function eliminate(rows: number[][], p: number): number[] {
  for (let k = 0; k < p; k += 1) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= k && Math.abs(row[k] as number) > Math.abs(rows[best]?.[k] as number) ? i : best),
      k,
    )
    ;[rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]]
    const top = rows[k] as number[]
    for (let i = k + 1; i < p; i += 1) {
      const row = rows[i] as number[]
      const factor = (row[k] as number) / (top[k] as number)
      for (let j = k; j <= p; j += 1) row[j] = (row[j] as number) - factor * (top[j] as number)
    }
  }
  const w = new Array<number>(p).fill(0)
  for (let k = p - 1; k >= 0; k -= 1) {
    const row = rows[k] as number[]
    const rest = w.reduce((sum, value, j) => (j > k ? sum + value * (row[j] as number) : sum), 0)
    w[k] = ((row[p] as number) - rest) / (row[k] as number)
  }
  return w
}

/** Logistic regression with an unpenalised intercept and λ/2·|w|² by Newton's method (IRLS). Answers the scores of all rows. */
export function irlsScores({ columns }: Joined, positive: readonly boolean[], lambda: number): number[] {
  const n = positive.length
  const design = [new Array<number>(n).fill(1), ...columns]
  const w = new Array<number>(design.length).fill(0)
  const scores = () =>
    positive.map((_, i) => design.reduce((sum, column, j) => sum + (w[j] as number) * (column[i] as number), 0))
  for (let step = 0; step < 12; step += 1) {
    const p = scores().map((z) => 1 / (1 + Math.exp(-z)))
    const rows = design.map((column, j) => [
      ...design.map(
        (other, k) =>
          column.reduce((sum, value, i) => sum + value * (other[i] as number) * (p[i] as number) * (1 - (p[i] as number)), 0) +
          (j === k && j > 0 ? lambda : 0),
      ),
      column.reduce((sum, value, i) => sum + value * ((positive[i] ? 1 : 0) - (p[i] as number)), 0) -
        (j > 0 ? lambda * (w[j] as number) : 0),
    ])
    eliminate(rows, design.length).forEach((change, j) => {
      w[j] = (w[j] as number) + change
    })
  }
  return scores()
}

/** Area under the ROC curve with ties counted half (Mann and Whitney). */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] as number) - (scores[b] as number))
  let rankSum = 0
  for (let i = 0; i < order.length; ) {
    let j = i
    while (j < order.length && scores[order[j] as number] === scores[order[i] as number]) j += 1
    for (let k = i; k < j; k += 1) if (positive[order[k] as number]) rankSum += (i + j + 1) / 2
    i = j
  }
  const positives = positive.filter(Boolean).length
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (positive.length - positives))
}

export function relativeError(weights: readonly number[], truth: readonly number[]): number {
  const scale = Math.max(...truth.map(Math.abs))
  return Math.max(...truth.map((value, j) => Math.abs((weights[j] as number) - value))) / scale
}

export const scoresOf = (columns: readonly (readonly number[])[], weights: readonly number[]): number[] =>
  (columns[0] ?? []).map((_, i) => columns.reduce((sum, column, j) => sum + (column[i] as number) * (weights[j] as number), 0))
