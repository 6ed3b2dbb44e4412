import { describe, expect, it } from 'vitest'
import { axisOf, columnAt, roundsOf, valuesAt } from './curve-data.ts'

describe('the x axis', () => {
  const source = {
    lines: [
      { round: 1, closedAt: '2026-01-01T00:00:10.000Z', bytes: 150 },
      { round: 2, closedAt: null, bytes: 100 },
    ],
    startedAt: '2026-01-01T00:00:00.000Z',
    epochsPerRound: 5,
  }
  it('places rounds by number, seconds, bytes and epochs', () => {
    expect([1, 2].map(axisOf('round', source))).toEqual([1, 2])
    expect([0, 1, 2].map(axisOf('time', source))).toEqual([0, 10, null])
    expect([0, 1, 2, 3].map(axisOf('bytes', source))).toEqual([0, 150, 250, null])
    expect([1, 2].map(axisOf('epochs', source))).toEqual([5, 10])
  })
})

it('puts points and columns at the rounds of others, with gaps', () => {
  const rounds = roundsOf([
    [3, 1],
    [2, 3, 8],
  ])
  expect(rounds).toEqual([1, 2, 3, 8])
  const point = (round: number, value: number) => ({ round, value, min: value - 1, max: value + 1, count: 2 })
  expect(valuesAt([point(1, 5), point(3, 7)], rounds, ({ max }) => max)).toEqual([6, null, 8, null])
  expect(columnAt([2, 8], [0.5, 0.25], rounds)).toEqual([null, 0.5, null, 0.25])
})
