import { type Command, InvalidArgumentError, Option } from 'commander'
import type { IdRuleName } from '../vertical/run-settings.ts'
import { integer, positive } from './values.ts'

/** The settings of a vertical run; what is not said gets the protocol's defaults. */
export const withVerticalSettings = (command: Command, prefix = ''): Command =>
  command
    .addOption(new Option('--task <task>', `${prefix}what is fitted (default: linear)`).choices(['linear', 'logistic']))
    .option('--lambda <lambda>', `${prefix}λ of f = L + λ/2·|w|² (default: 1)`, positive)
    .addOption(
      new Option('--optimiser <name>', `${prefix}conjugate gradients, plain or accelerated descent (default: pcg)`).choices([
        'pcg',
        'gd',
        'nesterov',
      ]),
    )
    .option('--learning-rate <rate>', `${prefix}of gd; of nesterov (default there: 1 over the parties with columns)`, positive)
    .option('--max-steps <n>', `${prefix}openings of each feature at most (default: 40)`, integer(1, 40))
    .option(
      '--tolerance <share>',
      `${prefix}stops when the squared gradient has fallen to this share (default: 1e-10; 1e-13 when fx and fu make more than 30)`,
      positive,
    )
    .option('--fx <n>', `${prefix}binary digits of table entries, at least 9 (default: 14)`, integer(1, 24))
    .option('--fu <n>', `${prefix}binary digits of predictions, at least 9 (default: 14)`, integer(1, 26))
    .option('--row-weights', `${prefix}rows are weighted by a column that every party has`)
    .option('--id-rule <rules>', `${prefix}trim, case-fold, remove-spaces by commas, or none (default: trim)`, idRule)
    .option('--minimum-rows <n>', `${prefix}fewer common ids end the run (default: 20)`, integer(10, 10_000_000))
    .option('--maximum-ids <n>', `${prefix}more ids of a party end the run (default: 1000000)`, integer(10, 10_000_000))
    .option('--receiver <party>', `${prefix}who learns predictions (default: the label party)`)
    .option(
      '--step-deadline <seconds>',
      `${prefix}a party that is away for longer in a step ends the run (default: 600)`,
      positive,
    )

/** "trim,case-fold" → both; "none" → no rule. */
export function idRule(text: string): IdRuleName[] {
  if (text === 'none') return []
  return text.split(',').map((name) => {
    const rule = known.find((one) => one === name.trim())
    if (rule === undefined) throw new InvalidArgumentError(`Expected ${known.join(', ')} by commas, or none.`)
    return rule
  })
}

/** The names of vertical/run-settings.ts, which --help need not load. */
const known: readonly IdRuleName[] = ['trim', 'case-fold', 'remove-spaces']
