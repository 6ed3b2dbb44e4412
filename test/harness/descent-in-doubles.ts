import { eliminate, type Joined } from './closed-form.ts'

/** The optimisers of the specification in plain doubles, written apart from the product: weights after `moves` moves. */
export interface Descent {
  readonly table: Joined
  readonly lambda: number
  readonly moves: number
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

/** 2Xᵀ(Xw − y) + λw. */
function gradient({ table: { columns, label }, lambda }: Descent, w: readonly number[]): number[] {
  const d = label.map((y, i) => columns.reduce((sum, column, j) => sum + (column[i] as number) * (w[j] as number), 0) - y)
  return columns.map((column, j) => 2 * dot(column, d) + lambda * (w[j] as number))
}

/** w −= rate/n·g. */
export function gradientDescent(descent: Descent, rate: number): number[] {
  const n = descent.table.label.length
  let w = descent.table.columns.map(() => 0)
  for (let move = 0; move < descent.moves; move += 1) {
    const g = gradient(descent, w)
    w = w.map((value, j) => value - (rate / n) * (g[j] as number))
  }
  return w
}

/** Nesterov's, preconditioned by each party's own block (`blocks`: columns of each), step 1/m, restarted when it goes uphill. */
export function nesterov(descent: Descent, blocks: readonly number[]): number[] {
  const { columns } = descent.table
  const inverse = (g: readonly number[]): number[] => {
    let from = 0
    return blocks.flatMap((size) => {
      const own = columns.slice(from, from + size)
      const rows = own.map((a, j) => [
        ...own.map((b, k) => 2 * dot(a, b) + (j === k ? descent.lambda : 0)),
        g[from + j] as number,
      ])
      from += size
      return eliminate(rows, size)
    })
  }
  let x = columns.map(() => 0)
  let v = x
  let t = 1
  for (let move = 0; move < descent.moves; move += 1) {
    const g = gradient(descent, v)
    const z = inverse(g)
    const next = v.map((value, j) => value - (z[j] as number) / blocks.length)
    const uphill =
      dot(
        g,
        next.map((value, j) => value - (x[j] as number)),
      ) > 0
    const after = (1 + Math.sqrt(1 + 4 * t * t)) / 2
    const beta = uphill ? 0 : (t - 1) / after
    t = uphill ? 1 : after
    v = next.map((value, j) => value + beta * (value - (x[j] as number)))
    x = next
  }
  return x
}
