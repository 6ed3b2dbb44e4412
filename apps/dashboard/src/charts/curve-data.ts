import type { RoundLine } from '@tributary/protocol'
import type { CurvePoint } from '../live-store/index.ts'

export const axisNames = ['round', 'time', 'bytes', 'epochs'] as const
export type AxisName = (typeof axisNames)[number]

export interface AxisSource {
  readonly lines: readonly Pick<RoundLine, 'round' | 'bytes' | 'closedAt'>[]
  readonly startedAt: string | null
  readonly epochsPerRound: number
}

/**
 * Where a round lies on the x axis: its number, seconds from the run's start to its close, bytes of updates accepted up to then, or
 * epochs trained by each client. null where that is not known yet.
 */
export function axisOf(axis: AxisName, { lines, startedAt, epochsPerRound }: AxisSource): (round: number) => number | null {
  if (axis === 'round') return (round) => round
  if (axis === 'epochs') return (round) => round * epochsPerRound
  const places = new Map<number, number>([[0, 0]])
  let bytes = 0
  for (const { round, bytes: accepted, closedAt } of lines) {
    bytes += accepted
    if (axis === 'bytes') places.set(round, bytes)
    else if (closedAt !== null && startedAt !== null) places.set(round, (Date.parse(closedAt) - Date.parse(startedAt)) / 1000)
  }
  return (round) => places.get(round) ?? null
}

/** All rounds that one of the lists has, in order. */
export function roundsOf(lists: readonly (readonly number[])[]): number[] {
  const rounds = new Set<number>()
  for (const list of lists) for (const round of list) rounds.add(round)
  return [...rounds].sort((a, b) => a - b)
}

/** A value for each round; null where there is none. */
export function valuesAt(
  points: readonly CurvePoint[],
  rounds: readonly number[],
  of: (point: CurvePoint) => number | undefined,
) {
  const byRound = new Map(points.map((point) => [point.round, of(point)]))
  return rounds.map((round) => byRound.get(round) ?? null)
}

/** As `valuesAt`, of a column beside its rounds. */
export function columnAt(own: readonly number[], column: readonly number[], rounds: readonly number[]): (number | null)[] {
  const byRound = new Map(own.map((round, index) => [round, column[index]]))
  return rounds.map((round) => byRound.get(round) ?? null)
}
