import { quoted } from './problems.ts'
import type { Column } from './schema.ts'

/** A cell that cannot be used: what it holds and what should be there. */
export interface BadCell {
  readonly found: string
  readonly expected: string
}

/** Turns one cell into its number, or says what is wrong with it. Undefined, null and '' are empty. */
export type CellReader = (cell: unknown) => number | BadCell

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i

/** For a column of numbers, as text (CSV) or as JSON values; for one of categories, their place in the schema's list. */
export function cellReader(column: Column, source: 'csv' | 'jsonl'): CellReader {
  if (column.type === 'number') return source === 'csv' ? numberFromText : numberFromJson
  const places = new Map(column.categories.map((category, place) => [category, place]))
  const expected = `one of ${listed(column.categories)}`
  return (cell) => {
    const text = textOf(cell)
    if (text === '') return { found: 'an empty cell', expected }
    return places.get(text ?? '') ?? { found: quoted(cell), expected }
  }
}

/** A scalar as text without outer spaces; '' when empty, null when it is a list or an object. */
export function textOf(cell: unknown): string | null {
  if (cell === undefined || cell === null) return ''
  if (typeof cell === 'string') return cell.trim()
  return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : null
}

function numberFromText(cell: unknown): number | BadCell {
  const text = textOf(cell) ?? ''
  if (NUMBER.test(text)) return finite(Number(text), text)
  if (text === '') return { found: 'an empty cell', expected: 'a number' }
  return { found: quoted(text), expected: NOT_FINITE.test(text) ? 'a finite number' : 'a number' }
}

function numberFromJson(cell: unknown): number | BadCell {
  if (typeof cell === 'number') return finite(cell, cell)
  return { found: textOf(cell) === '' ? 'an empty cell' : quoted(cell), expected: 'a number' }
}

/** Rows are kept in 32 bits, whose largest number is about 3.4e38. */
function finite(value: number, cell: unknown): number | BadCell {
  if (Number.isFinite(Math.fround(value))) return value
  return { found: typeof cell === 'number' ? String(cell) : quoted(cell), expected: 'a number that 32-bit floats can hold' }
}

const listed = (categories: readonly string[]): string => {
  const shown = categories.slice(0, 10).map((category) => quoted(category))
  return `${shown.join(', ')}${categories.length > 10 ? ` and ${categories.length - 10} more` : ''}`
}
