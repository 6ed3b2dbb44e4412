import { createSha256 } from '@tributary/protocol'
import canonicalize from 'canonicalize'

/**
 * JSON in canonical form (RFC 8785): keys in order of UTF-16 units, no blanks, numbers as ECMAScript writes them. Equal values give
 * equal text, so it can be hashed and signed.
 * @throws Error for what JSON has no form for: undefined, NaN, infinity, bigint, a lone surrogate, a cycle
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError(`there is no JSON of ${typeof value}`)
  return text
}

/** SHA-256 of the canonical JSON in UTF-8, hex. The hash of a manifest is this. */
export const canonicalSha256 = (value: unknown): string =>
  createSha256()
    .update(new TextEncoder().encode(canonicalJson(value)))
    .hex()
