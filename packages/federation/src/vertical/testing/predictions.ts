import type { World } from './world.ts'

/** ŷ of aligned rows in the clear, from the parties' tables and weights. */
export function expected(world: World, rows: readonly number[]): number[] {
  const { intercept, labelDeviation } = world.outcomes.get('guest') ?? {}
  return rows.map((row) => {
    let z = 0
    for (const [name, { weights }] of world.outcomes) {
      const { columns, rootWeights } = world.table(name)
      columns.forEach((column, j) => {
        z += ((column[row] ?? 0) / (rootWeights?.[row] ?? 1)) * (weights[j] ?? 0)
      })
    }
    return (intercept ?? 0) + (labelDeviation ?? 1) * z
  })
}

export function predict(world: World, party: string, request: string, rows: readonly number[]): readonly number[] | null {
  world.send(party, { type: 'predict', request, rows })
  world.settle()
  const told = world.notices.findLast(({ party: by, notice }) => by === party && notice.kind === 'prediction')?.notice
  return told?.kind === 'prediction' && told.request === request ? told.values : null
}
