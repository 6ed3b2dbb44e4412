import { exactSum } from '../arithmetic/exact-sum.ts'

/**
 * Mean and population standard deviation, weighted by ω (mean 1; null: all ones). Two passes, so that large means cost nothing;
 * sums are exact, since the order of rows is another one in each run and must not show in the last digit.
 */
export function moments(values: Float64Array, root: Float64Array | null): { readonly mean: number; readonly deviation: number } {
  const rows = values.length
  const mean = exactSum(values.map((value, row) => weightAt(root, row) * value)) / rows
  const squares = exactSum(values.map((value, row) => weightAt(root, row) * (value - mean) ** 2))
  return { mean, deviation: Math.sqrt(squares / rows) }
}

const weightAt = (root: Float64Array | null, row: number): number => (root === null ? 1 : (root[row] ?? 0) ** 2)

/** (x − mean)/deviation·√ω, rounded to `digits` binary digits. */
export function standardised(
  values: Float64Array,
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  root: Float64Array | null,
  digits: number,
): Float64Array<ArrayBuffer> {
  const scale = 2 ** digits
  return values.map((value, row) => Math.round(((value - mean) / deviation) * (root?.[row] ?? 1) * scale) / scale)
}

/** sd below 1e-12·max|x|: the column says nothing. */
export function isConstant(values: Float64Array, deviation: number): boolean {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return deviation <= 1e-12 * largest || deviation === 0
}
