import type { ColumnsInMemory } from '@tributary/party'

/** Numbers in [0, 1), the same for a seed (mulberry32). */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normal numbers with whole mantissas (Box and Muller): each value is a name of its row. */
export function normalNumbers(seed: number): () => number {
  const uniform = uniformNumbers(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

export interface SyntheticPair {
  readonly feature: ColumnsInMemory
  /** Its column `target` is the label. */
  readonly label: ColumnsInMemory
}

/** Two parties with common rows, and each with `own` rows that the other has not, in orders of their own. */
export function syntheticPair(o: {
  readonly rows: number
  readonly features: number
  readonly labelFeatures: number
  readonly seed: number
  readonly own?: number
  /** Bends normal numbers: cubes have heavy tails. */
  readonly shape?: (value: number) => number
}): SyntheticPair {
  const { rows, features, labelFeatures, seed, own = 0, shape = (value: number) => value } = o
  const normal = normalNumbers(seed)
  const total = rows + 2 * own
  const names = Array.from({ length: features + labelFeatures }, (_, j) => (j < features ? `a${j}` : `b${j - features}`))
  const columns = names.map((_, j) => Array.from({ length: total }, () => 40 + 7 * j + 11 * shape(normal())))
  const target = Array.from({ length: total }, (_, i) =>
    columns.reduce((sum, column, j) => sum + (((j % 3) - 1.2) * ((column[i] as number) - 40 - 7 * j)) / 11, 90 + 3 * normal()),
  )
  const random = uniformNumbers(seed + 1)
  const ids = Array.from(
    { length: total },
    (_, i) => `customer-${i}-${Math.floor(random() * 2 ** 32).toString(16)}-${seed.toString(16)}`,
  )
  const take = (places: readonly number[], wanted: Readonly<Record<string, readonly number[]>>): ColumnsInMemory => ({
    ids: places.map((i) => ids[i] as string),
    columns: Object.fromEntries(Object.entries(wanted).map(([name, values]) => [name, places.map((i) => values[i] as number)])),
  })
  const shuffled = (from: number) => {
    const places = Array.from({ length: rows + own }, (_, i) => from + i)
    for (let i = places.length - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1))
      ;[places[i], places[j]] = [places[j] as number, places[i] as number]
    }
    return places
  }
  const of = (from: number, to: number) =>
    Object.fromEntries(names.slice(from, to).map((name, j) => [name, columns[from + j] ?? []]))
  return {
    feature: take(shuffled(0), of(0, features)),
    label: take(shuffled(own), { ...of(features, names.length), target }),
  }
}

/** The common rows as one table, in the order of the feature party's. */
export function joinedPair({ feature, label }: SyntheticPair): { columns: number[][]; label: number[]; ids: string[] } {
  const rowOf = new Map(label.ids.map((id, row) => [id, row]))
  const common = feature.ids.flatMap((id, row) => {
    const other = rowOf.get(id)
    return other === undefined ? [] : [{ id, row, other }]
  })
  const { target = [], ...columns } = label.columns
  return {
    ids: common.map(({ id }) => id),
    columns: [
      ...Object.values(feature.columns).map((values) => common.map(({ row }) => values[row] as number)),
      ...Object.values(columns).map((values) => common.map(({ other }) => values[other] as number)),
    ],
    label: common.map(({ other }) => target[other] as number),
  }
}
