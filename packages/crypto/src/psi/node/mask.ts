import type { IdRule } from '@tributary/protocol'
import { normaliseIds } from '../id-rule.ts'
import { countPoints, multiplierBy, POINT_BYTES, PSI_DST } from './curve.ts'
import { hashToCurve, UNCOMPRESSED_BYTES } from './hash-to-curve.ts'
import { sortPoints } from './order.ts'

/** Ids hashed at once: enough to share an inversion, few enough to keep memory small. */
const BATCH = 500

/**
 * Ids → points of the run's hash, masked by the scalar, in the order given: 33 bytes each. A worker may take any slice of the ids;
 * the results, joined, are the whole.
 * @param ids in the form that `normaliseIds` gives
 * @param run hash of the manifest, 64 hex digits: one length, so run ‖ id has one reading
 */
export function maskIds(ids: readonly string[], run: string, scalar: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const multiply = multiplierBy(scalar)
  const masked = new Uint8Array(ids.length * POINT_BYTES)
  for (let start = 0; start < ids.length; start += BATCH) {
    const points = hashToCurve(
      ids.slice(start, start + BATCH).map((id) => encoder.encode(run + id)),
      PSI_DST,
    )
    for (let at = 0; at < points.length; at += UNCOMPRESSED_BYTES) {
      const index = start + at / UNCOMPRESSED_BYTES
      multiply(points.subarray(at, at + UNCOMPRESSED_BYTES), masked, index * POINT_BYTES)
    }
  }
  return masked
}

/**
 * Points that others sent, masked by the scalar, order kept.
 * @throws TributaryError `psi_bad_point` for another length than whole points, another prefix than 02, an x that is on no point
 */
export function maskPoints(points: Uint8Array, scalar: string): Uint8Array<ArrayBuffer> {
  const count = countPoints(points)
  const multiply = multiplierBy(scalar)
  const masked = new Uint8Array(points.length)
  for (let index = 0; index < count; index += 1) {
    const at = index * POINT_BYTES
    multiply(points.subarray(at, at + POINT_BYTES), masked, at)
  }
  return masked
}

/**
 * The own set as it is sent: sorted by masked value, so that the order of the table does not show.
 * @returns points, and `order`: place in the sorted set → row of the table
 * @throws TributaryError `psi_bad_id`, `psi_duplicate_id`
 */
export function maskOwn(o: { ids: readonly string[]; run: string; scalar: string; rule: IdRule }): {
  points: Uint8Array<ArrayBuffer>
  order: Uint32Array<ArrayBuffer>
} {
  return sortPoints(maskIds(normaliseIds(o.ids, o.rule), o.run, o.scalar))
}
