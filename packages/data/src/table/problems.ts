import { TributaryError } from '@tributary/protocol'

/** Reading stops at so many problems: by then the file is wrong as a whole. */
export const MAX_PROBLEMS = 20

export interface Problem {
  /** 1-based, as a spreadsheet shows it: the header of a CSV file is row 1. In JSONL, the line. */
  readonly row: number
  /** The column's name; "-" when the row as a whole is meant. */
  readonly column: string
  readonly found: string
  readonly expected: string
}

/** Collects what is wrong with a file, so that people mend it in one go. */
export class Problems {
  readonly file: string
  readonly #problems: Problem[] = []

  constructor(file: string) {
    this.file = file
  }

  /** @throws TributaryError `data_invalid` when this is the last problem worth collecting. */
  add(problem: Problem): void {
    this.#problems.push(problem)
    if (this.#problems.length === MAX_PROBLEMS) throw this.#error('at least ')
  }

  /** @throws TributaryError `data_invalid` when there is a problem. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw this.#error('')
  }

  /** Names the first problem in its message; `details.problems` has a line for each. */
  #error(atLeast: string): TributaryError {
    const [first, ...others] = this.#problems
    if (!first) throw new Error('an error was asked for, but there is no problem')
    const count = this.#problems.length
    const number = others.length === 0 ? '' : ` (the first of ${atLeast}${count} problems)`
    return new TributaryError('data_invalid', {
      file: this.file,
      row: first.row,
      column: first.column,
      reason: `found ${first.found}, expected ${first.expected}${number}`,
      found: first.found,
      expected: first.expected,
      count,
      problems: this.#problems.map(
        ({ row, column, found, expected }) => `row ${row}, column ${column}: found ${found}, expected ${expected}`,
      ),
    })
  }
}

/** A value as a message shows it, cut to 40 characters. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}
