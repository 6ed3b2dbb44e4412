import { TributaryError } from '@tributary/protocol'

/**
 * Text columns do not keep everything that a string can hold: at U+0000 SQLite cuts the text off and PostgreSQL refuses it,
 * and half a surrogate pair becomes another character. JSON columns escape both and need no check.
 * @throws bad_request with the names of the fields
 */
export function requireStorable(fields: Readonly<Record<string, unknown>>): void {
  const bad = Object.entries(fields).filter(
    ([, value]) => typeof value === 'string' && (value.includes('\u0000') || /\p{Surrogate}/u.test(value)),
  )
  if (bad.length === 0) return
  const issues = bad.map(([field]) => `${field}: holds a character that is no text (U+0000 or half a surrogate pair)`).join('; ')
  throw new TributaryError('bad_request', { issues })
}
