import type { AlignedTable } from '@tributary/federation'
import { createSha256 } from '@tributary/protocol'
import type { PartyTable } from './party-table.ts'

/** The rows that all parties have, in the common order. */
export function alignedTable(table: PartyTable, alignment: Uint32Array): AlignedTable {
  const rowsOf = (values: Float64Array) => Float64Array.from(alignment, (row) => values[row] ?? Number.NaN)
  return {
    names: table.names,
    columns: table.columns.map(rowsOf),
    label: table.label === null ? null : rowsOf(table.label),
    rowWeights: table.rowWeights === null ? null : rowsOf(table.rowWeights),
    lines: Array.from(alignment, (row) => table.lines[row] ?? row),
  }
}

/** SHA-256 over the weights of the common rows as doubles, little endian: all parties must have the same ones. */
export function weightsSha256(weights: Float64Array, alignment: Uint32Array): string {
  const bytes = new Uint8Array(8 * alignment.length)
  const view = new DataView(bytes.buffer)
  alignment.forEach((row, index) => {
    view.setFloat64(8 * index, weights[row] ?? Number.NaN, true)
  })
  return createSha256().update(bytes).hex()
}

/** Tells after a restart whether the table is still the one that the run began with. */
export function tableSha256({ ids, names, columns, label, rowWeights }: PartyTable): string {
  const hash = createSha256().update(new TextEncoder().encode(JSON.stringify([names, ids])))
  for (const values of [...columns, ...(label === null ? [] : [label]), ...(rowWeights === null ? [] : [rowWeights])])
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return hash.hex()
}
