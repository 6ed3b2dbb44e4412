import { createSha256, type IdRule, TributaryError } from '@tributary/protocol'
import { PSI_POINT_BYTES } from '../state.ts'

/** What the jobs of the alignment compute: the crypto package's functions, or the toy below. */
export interface PsiWork {
  own(o: { ids: readonly string[]; rule: IdRule; run: string; scalar: string; chunk: number }): {
    chunks: readonly Uint8Array[]
    total: number
    order: Uint32Array
  }
  mask(points: Uint8Array, scalar: string): Uint8Array
  sort(returned: readonly Uint8Array[], chunk: number): { chunks: readonly Uint8Array[]; total: number; full: Uint8Array }
  intersect(o: { full: Uint8Array; sets: readonly (readonly Uint8Array[])[]; chunk: number }): {
    chunks: readonly Uint8Array[]
    total: number
    common: Uint8Array
  }
  rows(o: { common: readonly Uint8Array[]; full: Uint8Array; order: Uint32Array }): {
    rows: number
    listSha256: string
    alignment: Uint32Array
  }
}

/** 2^61 − 1. */
const MODULUS = 2n ** 61n - 1n
const point = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(PSI_POINT_BYTES)
  bytes[0] = 2
  new DataView(bytes.buffer).setBigUint64(PSI_POINT_BYTES - 8, value)
  return bytes
}
const valueAt = (points: Uint8Array, index: number): bigint =>
  new DataView(points.buffer, points.byteOffset).getBigUint64((index + 1) * PSI_POINT_BYTES - 8)
const valuesOf = (points: Uint8Array): bigint[] =>
  Array.from({ length: points.length / PSI_POINT_BYTES }, (_, index) => valueAt(points, index))
const join = (points: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(points))
const chunked = (values: readonly bigint[], chunk: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(values.length / chunk) }, (_, index) =>
    join(values.slice(index * chunk, (index + 1) * chunk).map(point)),
  )
const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
const times = (value: bigint, scalar: string): bigint => (value * BigInt(`0x${scalar}`)) % MODULUS

/** Multiplication mod a prime in place of the curve: it commutes and keeps values apart, and hides nothing. */
export const toyWork: PsiWork = {
  own({ ids, run, scalar, chunk }) {
    if (new Set(ids).size < ids.length) throw new TributaryError('psi_duplicate_id', { count: 1, lines: ['2', '3'] })
    const hashed = ids.map((id) => {
      const hex = createSha256()
        .update(new TextEncoder().encode(run + id))
        .hex()
      return times(BigInt(`0x${hex}`) % MODULUS, scalar)
    })
    const order = Uint32Array.from(hashed.keys()).sort((a, b) => ascending(hashed[a] ?? 0n, hashed[b] ?? 0n))
    return {
      chunks: chunked(
        [...order].map((row) => hashed[row] ?? 0n),
        chunk,
      ),
      total: ids.length,
      order,
    }
  },
  mask(points, scalar) {
    const values = valuesOf(points)
    if (values.some((value) => value >= MODULUS)) throw new TributaryError('psi_bad_point')
    return join(values.map((value) => point(times(value, scalar))))
  },
  sort(returned, chunk) {
    const full = join(returned)
    const values = valuesOf(full).sort(ascending)
    return { chunks: chunked(values, chunk), total: values.length, full }
  },
  intersect({ full, sets, chunk }) {
    const theirs = sets.map((set) => new Set(valuesOf(join(set))))
    const values = valuesOf(full)
      .filter((value) => theirs.every((set) => set.has(value)))
      .sort(ascending)
    return { chunks: chunked(values, chunk), total: values.length, common: join(values.map(point)) }
  },
  rows({ common, full, order }) {
    const places = new Map(valuesOf(full).map((value, place) => [value, place]))
    const alignment = Uint32Array.from(valuesOf(join(common)), (value) => order[places.get(value) ?? -1] ?? -1)
    return { rows: alignment.length, listSha256: createSha256().update(join(common)).hex(), alignment }
  },
}
