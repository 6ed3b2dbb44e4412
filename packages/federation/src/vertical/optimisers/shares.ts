import type { ShareName } from '@tributary/protocol'
import type { VerticalSurroundings } from '../effects.ts'
import { ownOutOfRange } from '../run/announced.ts'
import type { Totals } from './totals.ts'

/** Shares live mod 2^64. */
const MODULUS = 1n << 64n
/** Binary digits of value/scale. */
const DIGITS = 40
/** |Σ value|/scale stays below this, or the sum of the shares would wrap. */
const LARGEST_TOTAL = 2 ** 23

const wrap = (value: bigint): bigint => ((value % MODULUS) + MODULUS) % MODULUS

/** What a shared value is measured by: the total before it, or n; known to all. */
export function scaleOf(name: Exclude<ShareName, 'exponent'>, totals: Totals, rows: number): number {
  const isFirst = totals.f === null
  switch (name) {
    case 'rho':
      return isFirst ? rows : totals.rho
    case 'eta':
      return totals.pi
    case 'g':
      return isFirst ? rows ** 2 : totals.g
    case 'gPg':
      return totals.rho0 > 0 ? totals.rho0 : rows
    default:
      return rows
  }
}

/**
 * round(2^40·value/scale) mod 2^64. Two parties may share up to 2^22 times the scale each, more of them less.
 * @throws TributaryError `slr_range`
 */
export function encodeShare(
  value: number,
  scale: number,
  { name, step, parties }: { readonly name: ShareName; readonly step: number; readonly parties: number },
): bigint {
  const ratio = value / scale
  if (!(Math.abs(ratio) < LARGEST_TOTAL / parties)) throw ownOutOfRange(step, `${name} is ${ratio} times its scale`)
  return wrap(BigInt(Math.round(ratio * 2 ** DIGITS)))
}

/** Sum of all parties' shares: the masks are gone. */
export const sumOfShares = (shares: readonly string[]): bigint => wrap(shares.reduce((sum, share) => sum + BigInt(share), 0n))

export function decodeTotal(sum: bigint, scale: number): number {
  const signed = sum >= MODULUS / 2n ? sum - MODULUS : sum
  return (Number(signed) / 2 ** DIGITS) * scale
}

type MaskKind = Parameters<VerticalSurroundings['pairMask']>[2]

/** Own zero-sum mask: of each pair the lower name adds, the higher subtracts. */
export function ownMask(around: VerticalSurroundings, group: readonly string[], step: number, kind: MaskKind): bigint {
  return wrap(
    group
      .filter((name) => name !== around.me)
      .map((peer) => (around.me < peer ? 1n : -1n) * around.pairMask(peer, step, kind))
      .reduce((sum, mask) => sum + mask, 0n),
  )
}

export const masked = (value: bigint, mask: bigint): string => wrap(value + mask).toString()

/** Bits that count how many of the parties named an exponent. */
const bitsPerLevel = (parties: number): bigint => BigInt(Math.ceil(Math.log2(parties + 1)))

/** Exponents below this can be named. */
export const exponentLevels = (parties: number): number => Number(64n / bitsPerLevel(parties))

/** One counter for each exponent: the key service learns how many named which, not who. */
export const encodeExponent = (exponent: number, parties: number): bigint => 1n << (BigInt(exponent) * bitsPerLevel(parties))

/** The largest exponent that was named. */
export function largestExponent(sum: bigint, parties: number): number {
  const bits = bitsPerLevel(parties)
  let largest = 0
  for (let level = 0; level < exponentLevels(parties); level += 1) {
    if (((sum >> (BigInt(level) * bits)) & ((1n << bits) - 1n)) > 0n) largest = level
  }
  return largest
}

/** Least e ≥ 0 with 2^−e·norm ≤ √n. @throws TributaryError `slr_range` when it cannot be named */
export function ownExponent(norm: number, rows: number, parties: number, step: number): number {
  let exponent = 0
  while (norm * 2 ** -exponent > Math.sqrt(rows)) exponent += 1
  if (exponent >= exponentLevels(parties)) throw ownOutOfRange(step, `X·w is 2^${exponent} times √n long`)
  return exponent
}
