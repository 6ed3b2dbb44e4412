import type { PreparedTable } from '@tributary/federation'
import { z } from 'zod'

const headSchema = z.object({
  rows: z.int(),
  columns: z.int(),
  names: z.array(z.string()),
  means: z.array(z.number()),
  deviations: z.array(z.number()),
  dropped: z.array(z.string()),
  label: z.boolean(),
  labelMean: z.number(),
  labelDeviation: z.number(),
  rootWeights: z.boolean(),
  notices: z.array(z.object({ row: z.int(), leverage: z.number() })),
})

const bytesOf = (values: Float64Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A prepared table as parts of a blob: JSON, then its arrays of doubles in the machine's byte order. */
export function packTable(table: PreparedTable): Uint8Array[] {
  const { columns, label, rootWeights, factor, ...rest } = table
  const head = { ...rest, columns: columns.length, label: label !== null, rootWeights: rootWeights !== null }
  const arrays = [...columns, ...(label === null ? [] : [label]), ...(rootWeights === null ? [] : [rootWeights]), factor]
  return [new TextEncoder().encode(JSON.stringify(head)), ...arrays.map(bytesOf)]
}

/** @throws ZodError, RangeError when the parts are not those of a table */
export function unpackTable([json, ...parts]: readonly Uint8Array[]): PreparedTable {
  const { columns: count, label, rootWeights, ...head } = headSchema.parse(JSON.parse(new TextDecoder().decode(json)))
  const arrays = parts.map(doublesOf)
  const take = (): Float64Array => {
    const next = arrays.shift()
    if (next === undefined) throw new RangeError('the table ends too early')
    return next
  }
  return {
    ...head,
    columns: Array.from({ length: count }, take),
    label: label ? take() : null,
    rootWeights: rootWeights ? take() : null,
    factor: take(),
  }
}

/** A copy on shared memory: aligned, and seen by workers as it is. */
function doublesOf(bytes: Uint8Array): Float64Array {
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return new Float64Array(shared)
}
