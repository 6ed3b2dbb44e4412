import { TributaryError } from '@tributary/protocol'
import { gram } from '../arithmetic/cholesky.ts'

/** Above: the gradient of step 0 would all but name that row's label. */
export const LEVERAGE_LIMIT = 0.9
export const LEVERAGE_NOTICE = 0.5
/** What is left of a column, squared and as a part of it, when it follows from the columns before. */
const DEPENDENT = 1e-13
/** A column of two values says about the rare side's rows what a handful of rows say. */
const FEWEST_ON_A_SIDE = 10

/**
 * Leverage h_i = x_iᵀ(XᵀX)⁺x_i of each row: its share in the projection on the columns, which the gradients give away. By a
 * Cholesky factorisation that passes over columns that follow from those before. Gradients are exact, so a column that differs from
 * another by a little in one row gives that row away as well: only what rounding of this very computation leaves is passed over.
 */
export function leverages(columns: readonly Float64Array[], rows: number): Float64Array<ArrayBuffer> {
  const size = columns.length
  // Only looked at: its last bits may depend on the order of rows.
  const product = gram(columns, 0)
  const factor: number[][] = []
  const kept: number[] = []
  for (let row = 0; row < size; row += 1) {
    const line: number[] = []
    kept.forEach((column, k) => {
      const sum = line.reduce((rest, value, j) => rest - value * (factor[k]?.[j] ?? 0), product[row * size + column] ?? 0)
      line.push(sum / (factor[k]?.[k] ?? 1))
    })
    const diagonal = product[row * size + row] ?? 0
    const rest = line.reduce((sum, value) => sum - value * value, diagonal)
    if (rest <= DEPENDENT * diagonal) continue
    factor.push([...line, Math.sqrt(rest)])
    kept.push(row)
  }
  const result = new Float64Array(rows)
  const solved = new Float64Array(kept.length)
  for (let i = 0; i < rows; i += 1) {
    let leverage = 0
    kept.forEach((column, k) => {
      const line = factor[k] ?? []
      let value = columns[column]?.[i] ?? 0
      for (let j = 0; j < k; j += 1) value -= (line[j] ?? 0) * (solved[j] ?? 0)
      solved[k] = value / (line[k] ?? 1)
      leverage += (solved[k] ?? 0) ** 2
    })
    result[i] = leverage
  }
  return result
}

/** @throws TributaryError `slr_leverage` when a row stands out so far that gradients would give its label away */
export function checkLeverage(
  columns: readonly Float64Array[],
  names: readonly string[],
  rows: number,
): readonly { readonly row: number; readonly leverage: number }[] {
  const notices: { row: number; leverage: number }[] = []
  leverages(columns, rows).forEach((leverage, row) => {
    if (leverage > LEVERAGE_LIMIT) {
      const column = names[largestAt(columns, row)] ?? ''
      throw new TributaryError('slr_leverage', { row, leverage: Number(leverage.toFixed(4)), column })
    }
    if (leverage > LEVERAGE_NOTICE) notices.push({ row, leverage })
  })
  return notices
}

/** @throws TributaryError `slr_leverage` for a two-valued column with fewer than 10 rows on a side */
export function checkSides(values: Float64Array, name: string): void {
  const first = values[0] ?? 0
  const other = values.find((value) => value !== first)
  if (other === undefined || values.some((value) => value !== first && value !== other)) return
  let onFirst = 0
  for (const value of values) if (value === first) onFirst += 1
  const rare = Math.min(onFirst, values.length - onFirst)
  if (rare >= FEWEST_ON_A_SIDE) return
  const rareValue = onFirst === rare ? first : other
  // Each of the rare side's rows carries 1/rare of the column, less the mean's part.
  const leverage = Number((1 / rare - 1 / values.length).toFixed(4))
  throw new TributaryError('slr_leverage', { row: values.indexOf(rareValue), leverage, column: name })
}

function largestAt(columns: readonly Float64Array[], row: number): number {
  let largest = 0
  columns.forEach((column, index) => {
    if (Math.abs(column[row] ?? 0) > Math.abs(columns[largest]?.[row] ?? 0)) largest = index
  })
  return largest
}
