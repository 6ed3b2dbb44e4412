import type { PlainTable } from './split-table.ts'
import { type TestParty, VerticalWorld } from './vertical-federation.ts'

const asParty = ({ name, role, path, idColumn, labelColumn }: PlainTable): TestParty => ({
  name,
  role,
  table: path,
  idColumn,
  ...(labelColumn === null ? {} : { labelColumn }),
})

export const openWithTables = (tables: readonly PlainTable[]): Promise<VerticalWorld> =>
  VerticalWorld.open({ parties: tables.map(asParty) })

/** A run to its end: weights of all parties, in the order of their tables, and what the label party tells of it. */
export async function train(
  world: VerticalWorld,
  tables: readonly PlainTable[],
  settings: Parameters<VerticalWorld['create']>[0],
) {
  const run = await world.create(settings)
  const outcomes = await world.outcomes(run)
  const label = outcomes.get(tables.at(-1)?.name ?? '')
  if (label === undefined) throw new Error('the label party has no outcome')
  return { weights: tables.flatMap(({ name }) => [...(outcomes.get(name)?.weights ?? [])]), label }
}
