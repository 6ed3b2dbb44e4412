import type { AxisSource } from '../../charts/curve-data.ts'
import { axisOf } from '../../charts/curve-data.ts'
import type { CurvePoint } from '../../live-store/index.ts'

export interface Reached {
  readonly round: number
  readonly seconds: number | null
  readonly bytes: number | null
}

/** When a metric first was as good as the target; null when it never was. */
export function reachedAt(
  points: readonly CurvePoint[],
  target: number,
  isHigherBetter: boolean,
  source: AxisSource,
): Reached | null {
  const point = points.find(({ min, max }) => (isHigherBetter ? max >= target : min <= target))
  if (point === undefined) return null
  const { round } = point
  return { round, seconds: axisOf('time', source)(round), bytes: axisOf('bytes', source)(round) }
}
