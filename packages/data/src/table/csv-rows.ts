import Papa from 'papaparse'
import { z } from 'zod'
import { detached } from './detached.ts'
import { type Problems, quoted } from './problems.ts'
import type { CellOf } from './table-builder.ts'
import { MAX_ROW_CHARACTERS, normalisedText, type TextSource } from './text-source.ts'

/** The part of papaparse's answer that is used here; its types leave it open. */
const parsedSchema = z.object({
  data: z.custom<string[][]>(Array.isArray),
  errors: z.array(z.object({ code: z.string(), row: z.number() })),
  meta: z.object({ cursor: z.number() }),
})

/** What becomes of a file's rows. */
export interface RowTaker {
  /** @returns the columns that must be there */
  header(names: readonly string[]): readonly string[]
  /** @param row 1-based, the header counts */
  add(row: number, cellOf: CellOf): void
}

/**
 * Splits CSV text into rows, piece by piece.
 * @returns the row after the last one
 * @throws TributaryError `data_invalid`
 */
export async function readCsvRows(source: TextSource, delimiter: string, problems: Problems, taker: RowTaker): Promise<number> {
  const reader = new CsvRows(delimiter, problems, taker)
  let rest = ''
  for await (const piece of normalisedText(source)) {
    const text = rest + piece
    rest = text.slice(reader.take(text, false))
    reader.refuseLongRow(rest)
  }
  if (rest !== '') reader.take(rest, true)
  return reader.finish()
}

class CsvRows {
  readonly #problems: Problems
  readonly #parser: Papa.Parser
  readonly #taker: RowTaker
  #header: string[] | null = null
  readonly #place = new Map<string, number>()
  /** Rows seen so far, blank lines and header among them. */
  #rows = 0

  constructor(delimiter: string, problems: Problems, taker: RowTaker) {
    this.#problems = problems
    this.#taker = taker
    // The row splitter below Papa.parse: that one pulls from Node streams and files only, this one takes text as it comes.
    this.#parser = new Papa.Parser({ delimiter, newline: '\n' })
  }

  /** Takes all whole rows of the text; the last one too when it is the end. Returns how many characters it used. */
  take(text: string, end: boolean): number {
    const { data, errors, meta } = parsedSchema.parse(this.#parser.parse(text, 0, !end))
    // Of two errors in a row the first is the cause.
    const badQuotes = new Map(errors.toReversed().map(({ row, code }) => [row, code]))
    for (const [i, cells] of data.entries()) this.#takeRow(cells, badQuotes.get(i))
    return meta.cursor
  }

  refuseLongRow(rest: string): void {
    if (rest.length <= MAX_ROW_CHARACTERS) return
    const found = `a row of more than ${MAX_ROW_CHARACTERS} characters`
    this.#problems.add({ row: this.#rows + 1, column: '-', found, expected: 'a shorter row; a quote may not be closed' })
    this.#problems.throwIfAny()
  }

  finish(): number {
    if (this.#header === null) {
      this.#problems.add({ row: 1, column: '-', found: 'an empty file', expected: 'a header with the names of the columns' })
      this.#problems.throwIfAny()
    }
    return this.#rows + 1
  }

  #takeRow(cells: readonly string[], badQuotes: string | undefined): void {
    const row = ++this.#rows
    if (badQuotes !== undefined) {
      const unclosed = badQuotes === 'MissingQuotes'
      const found = unclosed ? 'a quote that is never closed' : 'text after a closing quote'
      this.#problems.add({ row, column: '-', found, expected: 'quoted cells as in RFC 4180' })
      if (this.#header === null) this.#problems.throwIfAny()
    } else if (cells.length === 1 && cells[0]?.trim() === '' && (this.#header?.length ?? 0) !== 1) {
      // A blank line. In a file of one column it is an empty cell.
    } else if (this.#header === null) {
      this.#takeHeader(row, cells)
    } else if (cells.length !== this.#header.length) {
      const column = this.#header[cells.length] ?? `number ${this.#header.length + 1}`
      const expected = `${this.#header.length}, as in the header`
      this.#problems.add({ row, column, found: `${cells.length} cells in the row`, expected })
    } else {
      this.#taker.add(row, (column) => cells[this.#place.get(column) ?? -1])
    }
  }

  #takeHeader(row: number, cells: readonly string[]): void {
    const names = cells.map((name) => detached(name.trim()))
    for (const [place, name] of names.entries()) {
      if (!this.#place.has(name)) this.#place.set(name, place)
      else this.#problems.add({ row, column: name || '-', found: `the name ${quoted(name)} twice`, expected: 'each column once' })
    }
    const needed = this.#taker.header(names)
    const shown = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`
    for (const column of needed) {
      if (!this.#place.has(column)) {
        this.#problems.add({ row, column, found: `only the columns ${shown}`, expected: 'a column of this name' })
      }
    }
    // Without its columns no row can be read.
    this.#problems.throwIfAny()
    this.#header = names
  }
}
