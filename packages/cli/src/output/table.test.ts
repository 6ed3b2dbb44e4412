import { describe, expect, it } from 'vitest'
import { formatRow, formatTable, textWidth } from './table.ts'

const columns = [{ title: 'name' }, { title: 'rows', align: 'right' as const }]

describe('formatTable', () => {
  it('aligns to the widest cell and ends no line with spaces', () => {
    const lines = formatTable(columns, [
      ['a', '12345'],
      ['north-hospital', '7'],
    ])
    expect(lines).toEqual(['name             rows', '──────────────  ─────', 'a               12345', 'north-hospital      7'])
  })

  it('counts wide letters as two places', () => {
    expect(textWidth('医院 a')).toBe(6)
    const [, , first = '', second = ''] = formatTable(columns, [
      ['医院', '1'],
      ['abcd', '2'],
    ])
    expect(textWidth(first)).toBe(textWidth(second))
  })

  it('prints single rows under the titles of an empty table', () => {
    const wide = [
      { title: 'round', align: 'right' as const },
      { title: 'loss', align: 'right' as const, width: 8 },
    ]
    const [titles = ''] = formatTable(wide, [])
    const row = formatRow(wide, ['3', '0.1234'])
    expect(row).toBe('    3    0.1234')
    expect(row.length).toBe(titles.length)
  })
})
