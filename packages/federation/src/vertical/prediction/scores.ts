import type { PreparedTable } from '../jobs.ts'

/** Binary digits of a shared score. */
const DIGITS = 24
const MODULUS = 1n << 64n

const wrap = (value: bigint): bigint => ((value % MODULUS) + MODULUS) % MODULUS

/** u_j = x_j·w_j of an aligned row, without its row weight. */
export function scoreOf({ columns, rootWeights }: PreparedTable, weights: readonly number[], row: number): number {
  const weighted = columns.reduce((sum, column, index) => sum + (column[row] ?? 0) * (weights[index] ?? 0), 0)
  return weighted / (rootWeights?.[row] ?? 1)
}

/** round(2^24·u) plus a zero-sum mask for each row, mod 2^64, as u64 LE. */
export function maskedScores(scores: readonly number[], masks: readonly bigint[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * scores.length)
  const view = new DataView(bytes.buffer)
  scores.forEach((score, index) => {
    view.setBigUint64(8 * index, wrap(BigInt(Math.round(score * 2 ** DIGITS)) + (masks[index] ?? 0n)), true)
  })
  return bytes
}

/**
 * The job predict-sum: sums mod 2^64 over the parts of all shares, row by row.
 * @param shares for each share its one part of 8·count bytes
 */
export function sumShares(shares: readonly Uint8Array[], count: number): bigint[] {
  const views = shares.map((part) => new DataView(part.buffer, part.byteOffset, part.byteLength))
  return Array.from({ length: count }, (_, index) =>
    wrap(views.reduce((sum, view) => sum + view.getBigUint64(8 * index, true), 0n)),
  )
}

/** Σ u_j of the others, from its residue mod 2^64. */
export function scoreFromSum(sum: string): number {
  const residue = BigInt(sum)
  return Number(residue >= MODULUS / 2n ? residue - MODULUS : residue) / 2 ** DIGITS
}

export const logistic = (z: number): number => 1 / (1 + Math.exp(-z))
