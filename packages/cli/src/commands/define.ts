import { type Command, Option } from 'commander'
import { createPrinter, type Printer } from '../output/printer.ts'

/** What surrounds a command: the exit code it ends with goes back to the program. */
export interface Surroundings {
  readonly finish: (exitCode: number) => void
}

export interface CommandTexts {
  readonly name: string
  readonly description: string
  /** Whole command lines, with a remark behind " # " at will. */
  readonly examples: readonly string[]
}

export interface Invocation<Options> {
  readonly args: readonly string[]
  readonly options: Options
  readonly printer: Printer
}

export const exitCodesHelp =
  'Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 run failed or cancelled, 4 coordinator unreachable, 5 not permitted, ' +
  '130 or 143 ended by a signal before the result was there.'

/** A command below `parent` with what all have: --json, --language, examples. */
export function defineCommand(parent: Command, { name, description, examples }: CommandTexts): Command {
  const command = parent.command(name).description(description)
  command.option('--json', 'print exactly one JSON value as the last line of stdout, everything else on stderr')
  command.addOption(new Option('--language <language>', 'language of error texts (default: as LANG says)').choices(['en', 'zh']))
  command.addHelpText('after', helpOf(examples))
  return command
}

/** A command that only holds others. */
export function defineGroup(parent: Command, { name, description, examples }: CommandTexts): Command {
  return parent.command(name).description(description).addHelpText('after', helpOf(examples))
}

const helpOf = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}\n\n${exitCodesHelp}`

/** What a command does; the number it answers is the exit code, nothing means 0. */
export function defineAction<Options extends object>(
  command: Command,
  surroundings: Surroundings,
  act: (invocation: Invocation<Options>) => Promise<number | undefined>,
): void {
  command.action(async () => {
    const options = command.opts<Options & { json?: true }>()
    const exitCode = await act({ args: command.args, options, printer: createPrinter(options.json === true) })
    surroundings.finish(exitCode ?? 0)
  })
}
