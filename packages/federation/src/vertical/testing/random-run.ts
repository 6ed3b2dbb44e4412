import type { Manifest, VerticalSettingsInput } from '@tributary/protocol'
import { cast, type JoinedTable } from './cast.ts'
import { normalEquations, type Truth } from './ground-truth.ts'
import type { MockTable } from './mock-jobs.ts'
import { MockRandom } from './mock-random.ts'

export interface SmallRun {
  readonly manifest: Manifest
  readonly tables: Readonly<Record<string, MockTable>>
  readonly truth: Truth
  /** Feature parties in the order of the truth's weights; the label party comes last. */
  readonly order: readonly string[]
}

export interface SmallRunOptions {
  readonly seed?: number
  readonly rows?: number
  /** Columns of each feature party, and of the label party. */
  readonly features?: readonly number[]
  readonly labelFeatures?: number
  readonly settings?: VerticalSettingsInput
  readonly weighted?: boolean
  /** Strength of what columns have in common. */
  readonly common?: number
}

/** A made-up table split among feature parties and a label party, with ids that are not all common, in orders of their own. */
export function smallRun({
  seed = 1,
  rows = 80,
  features = [2],
  labelFeatures = 1,
  settings = {},
  weighted = false,
  common = 0.5,
}: SmallRunOptions = {}): SmallRun {
  const random = new MockRandom(seed)
  const normal = () => (Array.from({ length: 6 }, () => random.below(1_000_001) / 1e6 - 0.5).reduce((a, b) => a + b, 0) / 6) * 4
  const shared = Array.from({ length: rows }, normal)
  const column = () => shared.map((value) => common * value + normal() + 3)
  const wide = [...features, labelFeatures].map((count) => Array.from({ length: count }, column))
  const signal = shared.map((value, row) => value + wide.reduce((sum, own) => sum + (own[0]?.[row] ?? 0), 0) + normal())
  const logistic = settings.task === 'logistic'
  const middle = [...signal].sort((a, b) => a - b)[Math.floor(rows / 2)] ?? 0
  const label = signal.map((value) => (logistic ? Number(value > middle) : value))
  const weights = weighted ? shared.map(() => 0.5 + random.below(1000) / 500) : null
  const ids = shared.map((_, row) => `row-${row}`)

  const order = features.map((_, index) => `host-${'abcdefgh'[index]}`)
  const tableOf = (own: readonly (readonly number[])[], name: string): JoinedTable & { label: readonly number[] } => {
    const places = shuffled(random, [...ids.keys()])
    const stranger = `only-${name}`
    const pick = (values: readonly number[]) => [...places.map((row) => values[row] ?? 0), 0.5]
    return {
      ids: [...places.map((row) => ids[row] ?? ''), stranger],
      columns: Object.fromEntries(own.map((values, index) => [`${name}-${index}`, pick(values)])),
      label: [...places.map((row) => label[row] ?? 0), 0],
    }
  }
  const hosts = Object.fromEntries(order.map((name, index) => [name, tableOf(wide[index] ?? [], name)]))
  const guest = tableOf(wide[features.length] ?? [], 'guest')
  const weightOf = new Map(ids.map((id, row) => [id, weights?.[row] ?? 1]))
  const lambda = settings.lambda ?? 1
  const truth = normalEquations(wide.flat(), label, {
    lambda,
    task: settings.task ?? 'linear',
    ...(weights === null ? {} : { weights }),
  })
  const rowWeights = weights === null ? null : guest.ids.map((id) => weightOf.get(id) ?? 1)
  return {
    ...cast(hosts, guest, { settings: { minimumRows: 10, rowWeights: weighted, ...settings }, rowWeights }),
    truth,
    order: [...order, 'guest'],
  }
}

function shuffled<T>(random: MockRandom, values: readonly T[]): T[] {
  const left = [...values]
  return values.map(() => left.splice(random.below(left.length), 1)[0] as T)
}
