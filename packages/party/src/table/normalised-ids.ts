import { normaliseIds } from '@tributary/crypto/psi'
import { type IdRule, TributaryError } from '@tributary/protocol'
import type { PartyTable } from './party-table.ts'

/**
 * Ids in the form in which they are matched; errors name lines of the file.
 * @throws TributaryError `psi_bad_id`, `psi_duplicate_id`
 */
export function normalisedIds({ ids, lines }: PartyTable, rule: IdRule): string[] {
  const lineOf = (row: unknown) => lines[Number(row)] ?? Number(row)
  try {
    return normaliseIds(ids, rule, 0)
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error
    const { line, lines: rows, ...details } = error.details
    throw new TributaryError(error.code, {
      ...details,
      ...(line === undefined ? {} : { line: lineOf(line) }),
      ...(Array.isArray(rows) ? { lines: rows.map((row) => String(lineOf(row))) } : {}),
    })
  }
}
