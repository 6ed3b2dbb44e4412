import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'
import { rowsOfClasses } from '../description.ts'
import { type Random, seededRandom } from '../random.ts'
import { type PartitionConfig, partitionConfigSchema } from './config.ts'
import { cut, drawDirichlet } from './dirichlet-draw.ts'

/**
 * Deals rows to clients: each row to exactly one, no client left empty, the same seed the same deal. Of each client the
 * row indices, ascending.
 *
 * - `iid`: shuffled and cut into parts whose sizes differ by at most one (McMahan et al. 2017, arXiv:1602.05629, section 3).
 * - `dirichlet`: label skew by Dirichlet draws (Hsu et al. 2019, arXiv:1909.06335), in the form that splits every class over
 *   the clients by one draw of Dir(alpha) over clients, so sizes differ too (Yurochkin et al. 2019, arXiv:1905.12022,
 *   section 4); Hsu et al. draw the mix of classes for each client and keep sizes equal. A client below `minimumRows` is
 *   then filled up with random rows of the largest clients.
 * - `shards`: rows sorted by label (ties in the order of the rows), cut into clients × shardsPerClient shards, each client
 *   dealt shardsPerClient of them at random (McMahan et al. 2017, section 3). Works on regression targets too.
 * - `quantity`: shuffled and cut in proportions drawn from Dir(alpha) over clients (Li et al. 2022, arXiv:2102.02079,
 *   quantity skew); a client without a row then gets one of the largest client's.
 *
 * @param labels class indices or targets, one for each row
 * @param classes number of classes, or null for regression
 * @throws TributaryError `config_invalid` when the config does not fit its schema or the rows are too few for it.
 */
export function partition(
  labels: Float32Array,
  classes: number | null,
  clients: number,
  config: PartitionConfig,
  seed: number,
): Uint32Array[] {
  const parsed = partitionConfigSchema.safeParse(config)
  if (!parsed.success) throw refuse('partition', z.prettifyError(parsed.error))
  if (!Number.isInteger(clients) || clients < 1)
    throw refuse('clients', `expected a whole number of at least 1, found ${clients}`)
  if (!Number.isInteger(seed)) throw refuse('seed', `expected a whole number, found ${seed}`)
  const random = seededRandom(seed)
  return deal(labels, classes, clients, parsed.data, random).map((rows) => rows.sort())
}

function deal(
  labels: Float32Array,
  classes: number | null,
  clients: number,
  config: z.output<typeof partitionConfigSchema>,
  random: Random,
): Uint32Array[] {
  const all = Uint32Array.from(labels.keys())
  switch (config.kind) {
    case 'iid':
      requireRows(all.length, clients, 1)
      return equalParts(random.shuffle(all), clients)
    case 'dirichlet': {
      requireRows(all.length, clients, config.minimumRows)
      if (classes === null)
        throw refuse('partition', 'dirichlet skews classes, and this dataset has none; use shards or quantity')
      const dealt = rowsOfClasses(labels, classes).map((rows) =>
        cut(random.shuffle(rows), drawDirichlet(random, config.alpha, clients)),
      )
      const parts = Array.from({ length: clients }, (_, client) =>
        random.shuffle(joined(dealt.map((slices) => slices[client] ?? new Uint32Array()))),
      )
      return filledUp(parts, config.minimumRows)
    }
    case 'shards': {
      requireRows(all.length, clients, config.shardsPerClient)
      if (labels.some(Number.isNaN)) throw refuse('partition', 'shards sorts by label, and a row has none')
      const sorted = all.sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0) || a - b)
      const shards = equalParts(sorted, clients * config.shardsPerClient)
      const hands = equalParts(random.shuffle(Uint32Array.from(shards.keys())), clients)
      return hands.map((hand) => joined([...hand].map((shard) => shards[shard] ?? new Uint32Array())))
    }
    case 'quantity':
      requireRows(all.length, clients, 1)
      return filledUp(cut(random.shuffle(all), drawDirichlet(random, config.alpha, clients)), 1)
  }
}

/** Consecutive parts whose sizes differ by at most one. */
function equalParts(rows: Uint32Array, parts: number): Uint32Array[] {
  const start = (part: number) => Math.floor((part * rows.length) / parts)
  return Array.from({ length: parts }, (_, part) => rows.slice(start(part), start(part + 1)))
}

/** Moves rows from the end of the largest part, one at a time, until each part has the minimum. */
function filledUp(parts: Uint32Array[], minimum: number): Uint32Array[] {
  const filled = parts.map((rows) => [...rows])
  for (const rows of filled) {
    while (rows.length < minimum) {
      const largest = filled.reduce((a, b) => (b.length > a.length ? b : a))
      const moved = largest.pop()
      if (moved === undefined) throw new Error('there is no row left to move')
      rows.push(moved)
    }
  }
  return filled.map((rows) => Uint32Array.from(rows))
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

function requireRows(rows: number, clients: number, each: number): void {
  if (rows < clients * each) {
    throw refuse('clients', `${clients} clients need at least ${clients * each} rows, there are ${rows}`)
  }
}

const refuse = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
