/** Short vectors (p_j entries) as they stand in a state. */
export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

/** a + s·b. */
export const addScaled = (a: readonly number[], s: number, b: readonly number[]): number[] =>
  a.map((value, index) => value + s * (b[index] ?? 0))

export const scaled = (s: number, a: readonly number[]): number[] => a.map((value) => s * value)

export const zeros = (size: number): number[] => new Array<number>(size).fill(0)

/** X·v over n rows. */
export function timesColumns(columns: readonly Float64Array[], v: readonly number[], rows: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(rows)
  columns.forEach((column, index) => {
    const factor = v[index] ?? 0
    if (factor === 0) return
    for (let i = 0; i < rows; i += 1) product[i] = (product[i] ?? 0) + factor * (column[i] ?? 0)
  })
  return product
}
