import fc from 'fast-check'
import { expect, it } from 'vitest'
import { drawThin } from './thin-path.ts'

type Stroke = ['move' | 'line', number, number]
function drawn(y: readonly (number | null)[], perColumn: number, spansGaps = false): Stroke[] {
  const strokes: Stroke[] = []
  const x = y.map((_, at) => at)
  drawThin(
    { moveTo: (...to) => strokes.push(['move', ...to]), lineTo: (...to) => strokes.push(['line', ...to]) },
    { x, y, from: 0, to: y.length - 1, toColumn: (at) => Math.floor(at / perColumn), toRow: (value) => value, spansGaps },
  )
  return strokes
}

it('draws the extremes of a column in their order', () => {
  expect(drawn([1, 5, 2, 3, 9, 0, 4, 4], 4)).toEqual([
    ['move', 0, 1],
    ['line', 0, 5],
    ['line', 1, 9],
    ['line', 1, 0],
  ])
})

it('goes along a row in one stroke', () => {
  expect(drawn([2, 2, 2, 2, 2, 3], 1)).toEqual([
    ['move', 0, 2],
    ['line', 4, 2],
    ['line', 5, 3],
  ])
})

it('leaves gaps, or spans them', () => {
  expect(drawn([1, null, 3, 4], 1)).toEqual([
    ['move', 0, 1],
    ['move', 2, 3],
    ['line', 3, 4],
  ])
  expect(drawn([1, null, 3], 1, true)).toEqual([
    ['move', 0, 1],
    ['line', 2, 3],
  ])
})

it('reaches the lowest and the highest value of every column, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 30 }),
      (y, per) => {
        const strokes = drawn(y, per)
        const rows = new Map<number, number[]>()
        let before: Stroke | undefined
        for (const stroke of strokes) {
          // A stroke along a row passes the columns between.
          for (
            let column = before !== undefined && before[2] === stroke[2] ? before[1] + 1 : stroke[1];
            column <= stroke[1];
            column += 1
          )
            rows.set(column, [...(rows.get(column) ?? []), stroke[2]])
          before = stroke
        }
        for (let column = 0; column * per < y.length; column += 1) {
          const values = y.slice(column * per, (column + 1) * per)
          const reached = rows.get(column) ?? []
          expect([Math.min(...reached), Math.max(...reached)]).toEqual([Math.min(...values), Math.max(...values)])
        }
        expect(strokes.length).toBeLessThanOrEqual(2 * Math.ceil(y.length / per))
      },
    ),
    { seed: 11 },
  )
})
