import { exactSum } from './exact-sum.ts'

/**
 * Σ a_i·b_i of numbers with so many binary digits behind the point, the same for any order of the rows: plain additions while they
 * are exact, which Cauchy-Schwarz tells for vectors of length √n (2√n), else the exact sum.
 */
export function innerProduct(a: Float64Array, b: Float64Array, digits: number): number {
  if (a.length * 2 ** (2 * digits) > 2 ** 51) return exactSum(a.map((value, row) => value * (b[row] ?? 0)))
  let sum = 0
  for (let row = 0; row < a.length; row += 1) sum += (a[row] ?? 0) * (b[row] ?? 0)
  return sum
}
