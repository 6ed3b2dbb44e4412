import { TributaryError, type VerticalSettings } from '@tributary/protocol'
import { isConstant, moments, standardised } from './standardise.ts'

export interface PreparedLabel {
  readonly label: Float64Array
  readonly labelMean: number
  readonly labelDeviation: number
}

/**
 * The label as the protocol uses it. Linear: standardised. Logistic (Taylor): 2y of y = ±1, centred; log2 − yz/2 + z²/8 =
 * (z − 2y)²/8 + constant. Rounded to fu digits, one less for logistic: step 0 sends half of it.
 * @throws TributaryError `slr_label`
 */
export function prepareLabel(
  raw: Float64Array,
  { task, fixedPoint }: VerticalSettings,
  root: Float64Array | null,
): PreparedLabel {
  const values = task === 'logistic' ? raw.map(doubledSign(raw)) : raw
  const { mean, deviation } = moments(values, root)
  if (isConstant(values, deviation)) throw new TributaryError('slr_label', { reason: 'all rows have the same' })
  if (task === 'linear') {
    return { label: standardised(values, { mean, deviation }, root, fixedPoint.fu), labelMean: mean, labelDeviation: deviation }
  }
  return {
    label: standardised(values, { mean, deviation: 1 }, root, fixedPoint.fu - 1),
    labelMean: mean,
    labelDeviation: 1,
  }
}

/** 0 and 1, or −1 and 1, to −2 and 2. */
function doubledSign(raw: Float64Array): (value: number) => number {
  const low = raw.includes(-1) ? -1 : 0
  return (value) => {
    if (value !== low && value !== 1) throw new TributaryError('slr_label', { reason: `a row has ${value}` })
    return value === 1 ? 2 : -2
  }
}
