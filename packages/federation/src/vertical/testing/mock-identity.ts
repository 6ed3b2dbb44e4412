import { createSha256 } from '@tributary/protocol'

/** Signatures, masks and chain hashes for tests: deterministic, and wrong bytes do not verify. No security. */
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const sha = (...parts: readonly Uint8Array[]): string => {
  const hash = createSha256()
  for (const part of parts) hash.update(part)
  return hash.hex()
}

export const mockSign = (party: string, bytes: Uint8Array): string => sha(text(`signed by ${party}:`), bytes).padEnd(86, 'A')

export const mockPairMask = (one: string, other: string, run: string, step: number, kind: string): bigint =>
  BigInt(`0x${sha(text(JSON.stringify([[one, other].sort(), run, step, kind]))).slice(0, 16)}`)

export const mockAuditHash = (prev: string, record: unknown): string => sha(text(prev), text(canonical(record)))

/** Keys in order of their names, as RFC 8785 for the values that occur. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`
}
