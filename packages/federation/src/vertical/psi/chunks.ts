import { TributaryError } from '@tributary/protocol'
import type { Incoming } from './event-cells.ts'
import { type GatheredSet, PSI_CHUNK_POINTS, PSI_POINT_BYTES } from './state.ts'

export const chunksOf = (total: number): number => Math.ceil(total / PSI_CHUNK_POINTS)

/** Bytes of chunk `index` of a set of `total` points. */
export const chunkBytes = (total: number, index: number): number =>
  PSI_POINT_BYTES * Math.min(PSI_CHUNK_POINTS, total - index * PSI_CHUNK_POINTS)

/** Count, index, total and exact length of a chunk fit each other; an empty set is one message without a part. */
export function malformedChunk({ kind, body, partBytes }: Incoming): TributaryError | null {
  const bad = (reason: string) => new TributaryError('message_malformed', { kind, reason })
  const { total, chunks, index } = body
  if (chunks !== chunksOf(total)) return bad(`a set of ${total} points has ${chunksOf(total)} chunks and not ${chunks}`)
  if (total === 0) return index === 0 && partBytes.length === 0 ? null : bad('an empty set has no chunk')
  if (index >= chunks) return bad(`chunk ${index} is beyond the last of ${chunks}`)
  if (partBytes.length !== 1) return bad(`it has ${partBytes.length} parts where 1 is right`)
  const expected = chunkBytes(total, index)
  return partBytes[0] === expected ? null : bad(`its part has ${partBytes[0]} bytes where ${expected} are right`)
}

export const emptyGathering = (owner: string, total: number): GatheredSet => ({
  owner,
  total,
  refs: Array.from({ length: chunksOf(total) }, () => null),
})

/** The chunk in its place, or why it is refused: another total than before, a place that is taken. */
export function gather(set: GatheredSet, incoming: Incoming, state: string): GatheredSet | TributaryError {
  const { kind, body, ref } = incoming
  if (body.total !== set.total) {
    return new TributaryError('message_malformed', { kind, reason: `the set has ${set.total} points, not ${body.total}` })
  }
  if (body.total === 0) return set
  const held = set.refs[body.index]
  if (held !== null) return placeTaken(incoming, held === ref ? null : (held ?? null), state)
  return { ...set, refs: set.refs.map((old, index) => (index === body.index ? ref : old)) }
}

/** A repeated chunk is out of place; another one for the same place is worse. */
export function placeTaken(incoming: Incoming, other: string | null, state: string): TributaryError {
  const { kind, from, body } = incoming
  if (other === null) return outOfPlace(incoming, state)
  return new TributaryError('slr_equivocation', { from, place: `${kind} ${body.owner} ${body.index}` })
}

export const outOfPlace = ({ kind, step }: Incoming, state: string): TributaryError =>
  new TributaryError('slr_state', { kind, step, state })

/** All refs of a set that is whole, else null. */
export function wholeSet({ refs }: GatheredSet): readonly string[] | null {
  const whole = refs.filter((ref) => ref !== null)
  return whole.length === refs.length ? whole : null
}
