import { inner, type JoinedTable, scoresOf, signs, solve, standardised } from './closed-form.ts'

const MOST_STEPS = 50

/**
 * Logistic regression proper, for comparison: minimises Σ log(1 + e^(−yz)) + λ/2·|w|², z = Xw + b with the intercept unpenalised, by
 * iteratively reweighted least squares (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1).
 * @returns Xw of each row
 * @throws RangeError when it does not settle
 */
export function irlsScores({ columns, label }: JoinedTable, lambda: number): Float64Array {
  const rows = label.length
  const y = signs(label)
  const X = [...columns.map(standardised).filter((column) => column.some((x) => x !== 0)), new Float64Array(rows).fill(1)]
  const intercept = X.length - 1
  let w: number[] = X.map(() => 0)
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const z = scoresOf(X, w)
    const p = z.map((value) => 1 / (1 + Math.exp(-value)))
    const slope = p.map((share) => share * (1 - share))
    const pull = p.map((share, row) => share - ((y[row] ?? 0) + 1) / 2)
    const weighted = X.map((column) => column.map((x, row) => x * (slope[row] ?? 0)))
    const penalty = (place: number) => (place === intercept ? 0 : lambda)
    const H = weighted.map((a, i) => X.map((b, j) => inner(a, b) + (i === j ? penalty(i) : 0)))
    const gradient = X.map((column, place) => inner(column, pull) + penalty(place) * (w[place] ?? 0))
    const move = solve(H, gradient)
    w = w.map((weight, place) => weight - (move[place] ?? 0))
    if (Math.max(...move.map(Math.abs)) < 1e-10) return scoresOf(X, w)
  }
  throw new RangeError(`iteratively reweighted least squares does not settle in ${MOST_STEPS} steps`)
}
