import { describe, expect, it } from 'vitest'
import { plot } from './plot.ts'

const options = { width: 20, height: 4, label: (y: number) => y.toFixed(2), xTitle: 'round' }
const dots = (lines: readonly string[]) =>
  lines.flatMap((line, row) => [...line].flatMap((letter, column) => (letter === '●' ? [{ row, column }] : [])))

describe('plot', () => {
  it('puts higher values higher and later ones further right', () => {
    const lines = plot(
      [
        { x: 1, y: 0.5 },
        { x: 2, y: 0.8 },
        { x: 3, y: 0.9 },
        { x: 4, y: 0.95 },
      ],
      options,
    )
    const byColumn = dots(lines).sort((a, b) => a.column - b.column)
    expect(byColumn.map(({ row }) => row)).toEqual([3, 1, 0, 0])
    expect(lines[0]).toContain('0.95')
    expect(lines[3]).toContain('0.50')
    expect(lines.at(-1)).toMatch(/1 +4 {2}round$/)
  })

  it('draws one point, and equal points, without dividing by zero', () => {
    expect(dots(plot([{ x: 1, y: 0.5 }], options))).toHaveLength(1)
    const flat = plot(
      [
        { x: 1, y: 0.5 },
        { x: 2, y: 0.5 },
      ],
      options,
    )
    expect(new Set(dots(flat).map(({ row }) => row)).size).toBe(1)
  })

  it('is empty without points, and no wider than asked with many', () => {
    expect(plot([], options)).toEqual([])
    const many = plot(
      Array.from({ length: 500 }, (_, x) => ({ x: x + 1, y: Math.sin(x / 50) })),
      options,
    )
    expect(Math.max(...many.map((line) => line.length))).toBeLessThanOrEqual(20 + 5 + 2 + 'round'.length + 2)
    expect(new Set(dots(many).map(({ column }) => column)).size).toBe(20)
  })
})
