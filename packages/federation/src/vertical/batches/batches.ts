import { TributaryError } from '@tributary/protocol'
import { sha256OfText } from '../run/audit-line.ts'

/**
 * Mini-batches that do not leak: re-drawn ones give a feature party new equations on the label with each draw, fixed ones do not.
 * Rows are ordered by a keyed hash of their ids, HMAC-SHA256(group key, id), which the parties keep between runs, and cut once.
 */
export interface Batches {
  /** Positions of the aligned rows, batch by batch. */
  readonly rows: readonly (readonly number[])[]
  /** Of the ordered hashes and the cut: two runs of the same parties on the same rows must have the same. */
  readonly sha256: string
  /** Of the ordered hashes alone: names the rows. */
  readonly rowsSha256: string
}

/**
 * @param hashes HMAC of each aligned row's id, hex
 * @param size rows of a batch; the last one takes the rest
 * @param features p_j of each party
 * @throws TributaryError `slr_too_few_rows` for batches of fewer than 10·(p_j+1) rows, or than the ring has slots: they cost the same
 */
export function cutBatches(
  hashes: readonly string[],
  size: number,
  { features, ringDegree }: { readonly features: readonly number[]; readonly ringDegree: number },
): Batches {
  const minimum = Math.max(ringDegree, ...features.map((count) => 10 * (count + 1)))
  if (size < minimum) throw new TributaryError('slr_too_few_rows', { rows: size, minimum })
  const order = [...hashes.keys()].sort((a, b) => ((hashes[a] ?? '') < (hashes[b] ?? '') ? -1 : 1))
  const count = Math.max(1, Math.floor(order.length / size))
  const rows = Array.from({ length: count }, (_, index) =>
    order.slice(index * size, index === count - 1 ? order.length : (index + 1) * size),
  )
  const sorted = order.map((row) => hashes[row])
  return {
    rows,
    sha256: sha256OfText(JSON.stringify([sorted, rows.map(({ length }) => length)])),
    rowsSha256: sha256OfText(JSON.stringify(sorted)),
  }
}

/**
 * The same rows are cut as they were before.
 * @param before what the party kept of its earlier runs
 * @throws TributaryError `slr_batch_changed`
 */
export function requireSameBatches(before: readonly Pick<Batches, 'sha256' | 'rowsSha256'>[], now: Batches): void {
  const known = before.find(({ rowsSha256 }) => rowsSha256 === now.rowsSha256)
  if (known !== undefined && known.sha256 !== now.sha256) throw new TributaryError('slr_batch_changed')
}
