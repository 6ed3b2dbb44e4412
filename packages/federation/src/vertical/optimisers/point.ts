import type { ShareName, VerticalOptimiser } from '@tributary/protocol'

/**
 * A place in a run where all parties share scalars and the key service decides.
 * first: step 0. direction, then residual: pcg's two of every later step. descent: gd's and nesterov's one.
 * exponent: before the closing step, its common scale. closing: its result.
 */
export type Point = 'first' | 'direction' | 'residual' | 'descent' | 'exponent' | 'closing'

type Name = VerticalOptimiser['name']

/** What each party shares at a point, in the order of the message. */
export function sharedAt(optimiser: Name, point: Point): readonly ShareName[] {
  switch (point) {
    case 'first':
      return optimiser === 'gd' ? ['rho', 'f', 'g'] : ['rho', 'f']
    case 'direction':
      return ['eta']
    case 'residual':
      return ['rho']
    case 'descent':
      return optimiser === 'nesterov' ? ['rho', 'f', 'restart'] : ['f', 'g']
    case 'exponent':
      return ['exponent']
    case 'closing':
      return ['gPg', 'f', 'loss']
  }
}

/** The first point of a step, reached when its numbers are opened. */
export function openedPoint(optimiser: Name, step: number, closing: boolean): Exclude<Point, 'exponent' | 'residual'> {
  if (closing) return 'closing'
  if (step === 0) return 'first'
  return optimiser === 'pcg' ? 'direction' : 'descent'
}
