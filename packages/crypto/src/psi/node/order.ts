import { POINT_BYTES } from './curve.ts'

/** Bytes that one comparison takes at once: an exact integer in a double. */
const KEY_BYTES = 6

/** Points in ascending order of their bytes. `order`: place in the sorted set → place in the given one. */
export function sortPoints(points: Uint8Array): { points: Uint8Array<ArrayBuffer>; order: Uint32Array<ArrayBuffer> } {
  const bytes = Buffer.from(points.buffer, points.byteOffset, points.length)
  const count = points.length / POINT_BYTES
  // x is near uniform: 48 bits tell nearly all apart.
  const keys = Float64Array.from({ length: count }, (_, index) => bytes.readUIntBE(index * POINT_BYTES + 1, KEY_BYTES))
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || comparePoints(bytes, a, bytes, b))
  const sorted = new Uint8Array(points.length)
  order.forEach((from, to) => {
    sorted.set(pointAt(points, from), to * POINT_BYTES)
  })
  return { points: sorted, order }
}

export const pointAt = (points: Uint8Array, index: number): Uint8Array =>
  points.subarray(index * POINT_BYTES, (index + 1) * POINT_BYTES)

const comparePoints = (a: Buffer, i: number, b: Buffer, j: number): number =>
  a.compare(b, j * POINT_BYTES, (j + 1) * POINT_BYTES, i * POINT_BYTES, (i + 1) * POINT_BYTES)

/** Whether each point is above the one before it: sorted, and none twice. */
export function isAscending(points: Uint8Array): boolean {
  const bytes = Buffer.from(points.buffer, points.byteOffset, points.length)
  for (let index = 1; index < points.length / POINT_BYTES; index += 1) {
    if (comparePoints(bytes, index - 1, bytes, index) >= 0) return false
  }
  return true
}

/** Views of `size` points each; none for an empty set. */
export function cutPoints(points: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer>[] {
  const bytes = size * POINT_BYTES
  return Array.from({ length: Math.ceil(points.length / bytes) }, (_, index) =>
    // Copies: a view would be sent to another thread with the whole set behind it.
    points.slice(index * bytes, (index + 1) * bytes),
  )
}

export function joinPoints(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}

/** One point as a key of a Set or Map. */
export const pointKey = (points: Uint8Array, index: number): string =>
  Buffer.from(points.buffer, points.byteOffset + index * POINT_BYTES, POINT_BYTES).toString('latin1')
