import { TributaryError } from '@tributary/protocol'

/** round(2^digits·x): the only rounding of a number on its way into a ciphertext. */
export function toFixed(values: ArrayLike<number>, digits: number): BigInt64Array<ArrayBuffer> {
  const scale = 2 ** digits
  const integers = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i += 1) integers[i] = BigInt(Math.round((values[i] ?? 0) * scale))
  return integers
}

/** round(2^digits·x)/2^digits. */
export function roundTo(value: number, digits: number): number {
  const scale = 2 ** digits
  return Math.round(value * scale) / scale
}

/** Representative of `value` mod t in (−t/2, t/2). */
export function centre(value: bigint, t: bigint): bigint {
  const residue = ((value % t) + t) % t
  return 2n * residue > t ? residue - t : residue
}

/** h = centre((opened − ΣR) mod t)/2^digits; exact while |h|·2^digits < 2^53. */
export function unmask(opened: string, maskSum: string, t: bigint, digits: number): number {
  return Number(centre(BigInt(opened) - BigInt(maskSum), t)) / 2 ** digits
}

export const norm = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += (values[i] ?? 0) ** 2
  return Math.sqrt(sum)
}

/**
 * Slots may wrap, their sum may not: |Σ x̂_i·d̂_i| ≤ bound must be below t/2, or the centred sum would be another number.
 * @param bound Cauchy-Schwarz: ‖x‖·‖d‖·2^digits
 * @throws TributaryError `slr_overflow_bound`
 */
export function requireNoWrap(bound: number, t: bigint, digits: number): void {
  if (2 * bound < Number(t)) return
  const needed = Math.log2(2 * bound)
  const available = Math.log2(Number(t))
  throw new TributaryError('slr_overflow_bound', {
    digits,
    needed: Number(needed.toFixed(2)),
    available: Number(available.toFixed(2)),
    largest: Math.max(0, Math.floor(digits - (needed - available))),
  })
}
