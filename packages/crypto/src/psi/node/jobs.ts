import { createSha256, type IdRule, TributaryError } from '@tributary/protocol'
import { normaliseIds } from '../id-rule.ts'
import { countPoints } from './curve.ts'
import { maskIds, maskPoints } from './mask.ts'
import { cutPoints, isAscending, joinPoints, pointKey, sortPoints } from './order.ts'

/** Sets in chunks of points, as messages carry them. */
export interface PointChunks {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[]
  readonly total: number
}

/**
 * Job psi-own. `order` is blob `psi-order`: place in the sent set → row of the table.
 * @throws TributaryError `psi_bad_id`, `psi_duplicate_id`
 */
export function psiOwn(o: { ids: readonly string[]; rule: IdRule; run: string; scalar: string; chunk: number }): PointChunks & {
  readonly order: Uint32Array<ArrayBuffer>
} {
  return psiOwnOf(maskIds(normaliseIds(o.ids, o.rule), o.run, o.scalar), o.chunk)
}

/** The rest of job psi-own when several workers had a slice of the ids each: `masked` is their `maskIds`, joined in order. */
export function psiOwnOf(masked: Uint8Array, chunk: number): PointChunks & { readonly order: Uint32Array<ArrayBuffer> } {
  const { points, order } = sortPoints(masked)
  return { chunks: cutPoints(points, chunk), total: order.length, order }
}

/** Job psi-mask. @throws TributaryError `psi_bad_point` */
export const psiMask = (points: Uint8Array, scalar: string): Uint8Array<ArrayBuffer> => maskPoints(points, scalar)

/**
 * Job psi-sort: the own set with every mask on it, in the order in which it was sent → sorted chunks. `full` is blob `psi-full`: the same
 * points in the order sent.
 * @throws TributaryError `psi_bad_point` when a value is no point or came back twice: different ids give different points
 */
export function psiSort(
  returned: readonly Uint8Array[],
  chunk: number,
): PointChunks & { readonly full: Uint8Array<ArrayBuffer> } {
  const full = joinPoints(returned)
  const total = countPoints(full)
  const { points } = sortPoints(full)
  if (!isAscending(points)) throw new TributaryError('psi_bad_point')
  return { chunks: cutPoints(points, chunk), total, full }
}

/**
 * Job psi-intersect of the label party: values that are in its own set and in every other. `common` is blob `psi-common`.
 * @param full blob `psi-full`
 * @param sets fully masked set of each feature party, in chunks
 * @throws TributaryError `psi_bad_point` with `set`, the index of the set that it is in
 */
export function psiIntersect(o: { full: Uint8Array; sets: readonly (readonly Uint8Array[])[]; chunk: number }): PointChunks & {
  readonly common: Uint8Array<ArrayBuffer>
} {
  let left = keysOf(o.full)
  o.sets.forEach((chunks, set) => {
    try {
      const theirs = keysOf(joinPoints(chunks))
      left = new Set([...left].filter((key) => theirs.has(key)))
    } catch (error) {
      throw error instanceof TributaryError ? new TributaryError('psi_bad_point', { set }, { cause: error }) : error
    }
  })
  const { points } = sortPoints(joinPoints([...left].map((key) => Buffer.from(key, 'latin1'))))
  return { chunks: cutPoints(points, o.chunk), total: left.size, common: points }
}

/**
 * Job psi-rows: the common values → rows of the own table in ascending order of common value (blob `alignment`), which is the same
 * order at every party.
 * @param full blob `psi-full`
 * @param order blob `psi-order`
 * @returns n, and the SHA-256 over the common values in order, which all parties compare
 * @throws TributaryError `slr_alignment` when the values are not ascending or one of them is not in the own set
 */
export function psiRows(o: { common: readonly Uint8Array[]; full: Uint8Array; order: Uint32Array }): {
  readonly rows: number
  readonly listSha256: string
  readonly alignment: Uint32Array<ArrayBuffer>
} {
  const common = joinPoints(o.common)
  const rows = countPoints(common)
  if (!isAscending(common)) throw new TributaryError('slr_alignment', { reason: 'the common values are not in ascending order' })
  const places = new Map<string, number>()
  for (let place = 0; place < o.order.length; place += 1) places.set(pointKey(o.full, place), place)
  const alignment = Uint32Array.from({ length: rows }, (_, index) => {
    const row = o.order[places.get(pointKey(common, index)) ?? -1]
    if (row === undefined) throw new TributaryError('slr_alignment', { reason: 'a common value is not in the own set' })
    return row
  })
  return { rows, listSha256: createSha256().update(common).hex(), alignment }
}

function keysOf(points: Uint8Array): Set<string> {
  const count = countPoints(points)
  return new Set(Array.from({ length: count }, (_, index) => pointKey(points, index)))
}
