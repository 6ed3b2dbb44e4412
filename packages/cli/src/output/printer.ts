/** Where a command says what it does. With `json`, stdout holds exactly one JSON value; everything for people goes to stderr. */
export interface Printer {
  readonly json: boolean
  /** True where lines can be drawn over. */
  readonly live: boolean
  /** A line for people. */
  line(text?: string): void
  /** The command's one result: the value with --json, else the lines. */
  result(value: unknown, lines: readonly string[]): void
}

interface Terminal {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export function createPrinter(json: boolean, stdout: Terminal = process.stdout, stderr: Terminal = process.stderr): Printer {
  const people = json ? stderr : stdout
  return {
    json,
    live: people.isTTY === true,
    line: (text = '') => {
      people.write(`${text}\n`)
    },
    result: (value, lines) => {
      if (json) stdout.write(`${JSON.stringify(value)}\n`)
      else for (const line of lines) stdout.write(`${line}\n`)
    },
  }
}
