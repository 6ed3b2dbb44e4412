import type { VerticalSettings } from '@tributary/protocol'

/**
 * Loss as it is reported. Linear: L = Σ(Xw − y)² in units of the standardised label. Logistic: the mean of the Taylor loss
 * log2 − yz/2 + z²/8 = (z − 2y)²/8 + log2 − 1/2.
 * @param squares Σ(z − target)²
 */
export const reportedLoss = (task: VerticalSettings['task'], squares: number, rows: number): number =>
  task === 'logistic' ? Math.LN2 - 0.5 + squares / (8 * rows) : squares
