#!/usr/bin/env node
import { CommanderError } from 'commander'
import { endWithLauncher } from './children/launcher.ts'
import { createProgram } from './program.ts'

const USAGE = 2

endWithLauncher()
process.exitCode = await main(process.argv)
// A library's timer or socket must not keep a command alive that is done; what was written goes out first.
process.stderr.write('', () => process.stdout.write('', () => process.exit()))

async function main(argv: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  let exitCode = 0
  const program = createProgram({
    finish: (code) => {
      exitCode = code
    },
  })
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const { reportError } = await import('./outcome/report-error.ts')
    const { chooseLanguage } = await import('./outcome/language.ts')
    const { TributaryError } = await import('@tributary/protocol')
    const wrongUsage = error instanceof CommanderError
    const problem = wrongUsage ? new TributaryError('config_invalid', { setting: 'arguments', reason: error.message }) : error
    const report = reportError(problem, chooseLanguage(optionValue(argv, '--language'), process.env))
    // Commander has said it already.
    if (!wrongUsage) for (const line of report.lines) console.error(line)
    if (argv.includes('--json')) console.log(JSON.stringify(report.value))
    const { tellParent } = await import('./children/parent-channel.ts')
    await tellParent({ type: 'failed', error: report.value.error })
    return wrongUsage ? USAGE : report.exitCode
  }
}

function optionValue(argv: readonly string[], option: string): string | undefined {
  const place = argv.findIndex((argument) => argument === option || argument.startsWith(`${option}=`))
  return place < 0 ? undefined : (argv[place]?.split('=')[1] ?? argv[place + 1])
}
