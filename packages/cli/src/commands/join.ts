import { type Command, Option } from 'commander'
import type { LocalDataOptions } from '../institution/local-data.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { part, positive, seed } from './values.ts'
import { type PeerOptions, type StateLockOptions, withPeers, withStateLock } from './vertical-options.ts'

export interface JoinOptions extends LocalDataOptions, PeerOptions, StateLockOptions {
  /** Given: a data party of vertical runs. */
  readonly role?: 'feature' | 'label'
  readonly id?: string
  readonly label?: string
  readonly weight?: string
  readonly approve?: true
  readonly approveInDashboard?: true
  readonly url: string
  readonly name: string
  readonly invite?: true
  readonly stateDir?: string
  readonly once?: true
  readonly leave?: true
  readonly wait: number
  readonly language?: string
}

export function defineJoinCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'join',
    description:
      'take part in a federation with local data, until Ctrl-C. At the first start the invite code is read from TRIBUTARY_INVITE, ' +
      'else asked for; later starts use the identity saved then. No row leaves this machine. With --role it is a party of vertical ' +
      'runs: institutions that share customers but not columns',
    examples: [
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json',
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json < invite.txt',
      'TRIBUTARY_INVITE=… tributary join --url http://127.0.0.1:7420 --name part-2 --mnist --part 2/4 --alpha 0.5 --seed 1',
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json --once --leave',
      'tributary join --url https://fl.example.org --name bank-a --role feature --data a.csv --id customer --key-file key --peers peers.json',
      'tributary join --url https://fl.example.org --name bank-b --role label --data b.csv --id customer --label default --key-file key --peer bank-a=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef --approve',
    ],
  })
    .requiredOption('--url <url>', 'address of the coordinator')
    .requiredOption('--name <name>', "this institution's name in the federation")
    .option('--invite', 'ask for an invite code even if an identity is saved for this name')
    .option('--data <file>', 'local rows: .csv, .csv.gz, .jsonl or .jsonl.gz')
    .option('--schema <file>', 'JSON file that says what the columns mean')
    .option('--mnist', 'take the training images of MNIST as local rows')
    .option('--part <i/K>', 'with --mnist: only part i of K, dealt by a Dirichlet distribution', part)
    .option('--alpha <alpha>', 'with --part: its concentration; smaller is more uneven', positive, 0.5)
    .option('--seed <seed>', 'with --part: seed of the split, the same for all parts', seed, 1)
    .option(
      '--state-dir <folder>',
      'where the identity is saved (default: ~/.local/share/tributary, with --role parties/NAME in it)',
    )
    .option(
      '--wait <seconds>',
      'how long to try a coordinator that does not answer, until joined; exit code 4 after that',
      positive,
      60,
    )
    .option('--once', 'end when a run has ended; exit code 3 when it failed or was cancelled')
    .option('--leave', 'leave the federation for good when this command ends')
    .addOption(
      new Option('--role <role>', 'take part in vertical runs, with features or with the label').choices(['feature', 'label']),
    )
    .option('--id <column>', 'with --role: the column that names a row; every column that is not named is a feature')
    .option('--label <column>', 'with --role label: the column to predict')
    .option('--weight <column>', 'with --role: a column of row weights that every party has')
    .option('--approve', 'with --role: sign every run that passes all checks; without it each is asked for on the terminal')
    .option(
      '--approve-in-dashboard',
      'with --role: sign what a person with an account of this institution approves in the dashboard',
    )
  withPeers(withStateLock(command))
  defineAction<JoinOptions>(command, surroundings, async ({ options, printer }) => {
    if (options.role !== undefined) {
      const { takePartVertically } = await import('../vertical/take-part-vertically.ts')
      return takePartVertically(options, printer)
    }
    const { requireHorizontalOptions } = await import('../institution/horizontal-options.ts')
    requireHorizontalOptions(options)
    const { takePart } = await import('../institution/take-part.ts')
    return takePart(options, printer)
  })
}
