import { type IdRule, TributaryError } from '@tributary/protocol'

export const MAX_ID_BYTES = 256
/** Lines that an error names at most. */
const NAMED_LINES = 10

/**
 * Ids in the form in which they are matched: Unicode NFC always; trimming, case folding (full, without a locale) and removal of white
 * space where the rule says so. Numbers stay text: "007" is not "7".
 * @param firstLine line of the first id, for messages
 * @throws TributaryError `psi_bad_id` (empty, longer than 256 bytes of UTF-8, or no Unicode), `psi_duplicate_id`
 */
export function normaliseIds(ids: readonly string[], rule: IdRule, firstLine = 1): string[] {
  const encoder = new TextEncoder()
  const normal = ids.map((id, index) => {
    const text = normaliseId(id, rule)
    // A lone surrogate would be encoded as U+FFFD and match other broken ids.
    const isGood = text.length > 0 && !/\p{Surrogate}/u.test(text) && encoder.encode(text).length <= MAX_ID_BYTES
    if (!isGood) throw new TributaryError('psi_bad_id', { line: firstLine + index })
    return text
  })
  refuseDuplicates(normal, firstLine)
  return normal
}

function normaliseId(id: string, { trim, caseFold, removeSpaces }: IdRule): string {
  let text = id.normalize('NFC')
  if (trim) text = text.trim()
  if (removeSpaces) text = text.replace(/\s/gu, '')
  // There and back, so that ẞ and ß meet SS and ς meets σ; after the spaces, since a final ς is one by what follows.
  if (caseFold) text = text.toLowerCase().toUpperCase().toLowerCase()
  return text.normalize('NFC')
}

function refuseDuplicates(ids: readonly string[], firstLine: number): void {
  if (new Set(ids).size === ids.length) return
  const lines = new Map<string, number[]>()
  ids.forEach((id, index) => {
    const its = lines.get(id)
    if (its === undefined) lines.set(id, [firstLine + index])
    else its.push(firstLine + index)
  })
  const repeated = [...lines.values()].filter((its) => its.length > 1)
  const named = (repeated[0] ?? []).slice(0, NAMED_LINES).map(String)
  throw new TributaryError('psi_duplicate_id', { count: repeated.length, lines: named })
}
