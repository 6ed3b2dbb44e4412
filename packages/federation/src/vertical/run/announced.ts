import { type ErrorCode, TributaryError } from '@tributary/protocol'

/** Errors whose details are of one's own table or machine: the others learn the code alone. */
const LOCAL_DETAILS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'psi_bad_id',
  'psi_duplicate_id',
  'data_not_finite',
  'slr_leverage',
  'slr_label',
  'slr_row_weights',
  'unexpected',
])

const WITHHELD = 'its owner alone is told more'

/** A number of the party's own is out of range; `reason` may name it. */
export const ownOutOfRange = (step: number, reason: string): TributaryError =>
  new TributaryError('slr_range', { step, reason, own: true })

/**
 * What the hub and the others are told of why a party, or the key service, ends the run. How far one of its own numbers is out of range stays with
 * it: who chose d would read an entry of a row off it, who opened would read the mask off it.
 */
export function announcedOf(error: TributaryError): TributaryError {
  const { step = null, own } = error.details
  if (LOCAL_DETAILS.has(error.code)) return new TributaryError(error.code)
  return own === true || error.code === 'party_fault' ? new TributaryError(error.code, { step, reason: WITHHELD }) : error
}
