import { createSha256, type IdRule } from '@tributary/protocol'

/** Masking in the multiplicative group mod 2^255 − 19: it commutes, which is all that the alignment's machine needs. Hides nothing. */
const P = (1n << 255n) - 19n
const POINT = 33

export function normaliseMockId(id: string, { trim, caseFold, removeSpaces }: IdRule): string {
  let text = id.normalize('NFC')
  if (trim) text = text.trim()
  if (caseFold) text = text.toLowerCase()
  return removeSpaces ? text.replace(/\s+/g, '') : text
}

export function mockPoint(id: string, run: string, scalar: string): Uint8Array {
  const hash = createSha256()
    .update(new TextEncoder().encode(`${run}${id}`))
    .hex()
  return write((BigInt(`0x${hash}`) * BigInt(`0x${scalar}`)) % P)
}

export function maskMockPoints(points: Uint8Array, scalar: string): Uint8Array {
  return join(cut(points).map((point) => write((read(point) * BigInt(`0x${scalar}`)) % P)))
}

export const cut = (points: Uint8Array): Uint8Array[] =>
  Array.from({ length: points.length / POINT }, (_, index) => points.subarray(index * POINT, (index + 1) * POINT))

export function join(points: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(points.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const point of points) {
    bytes.set(point, offset)
    offset += point.length
  }
  return bytes
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += BYTES[byte] ?? ''
  return text
}

/** A point as a key of a set. */
export const keyOf = (point: Uint8Array): string => String.fromCharCode(...point)

/** As by their hex digits. */
export function byValue(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
  return 0
}

const read = (point: Uint8Array): bigint => BigInt(`0x${hex(point.subarray(1))}`)

function write(value: bigint): Uint8Array {
  const digits = value.toString(16).padStart(64, '0')
  return Uint8Array.from([2, ...Array.from({ length: 32 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))])
}
