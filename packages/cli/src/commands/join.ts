import type { Command } from 'commander'
import type { LocalDataOptions } from '../institution/local-data.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { part, positive, seed } from './values.ts'

export interface JoinOptions extends LocalDataOptions {
  readonly url: string
  readonly name: string
  readonly invite?: true
  readonly stateDir?: string
  readonly once?: true
  readonly leave?: true
  readonly language?: string
}

export function defineJoinCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'join',
    description:
      'take part in a federation with local data, until Ctrl-C. At the first start the invite code is read from TRIBUTARY_INVITE, ' +
      'else asked for; later starts use the identity saved then. No row leaves this machine',
    examples: [
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json',
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json < invite.txt',
      'TRIBUTARY_INVITE=… tributary join --url http://127.0.0.1:7420 --name part-2 --mnist --part 2/4 --alpha 0.5 --seed 1',
      'tributary join --url https://fl.example.org --name north-hospital --data patients.csv --schema schema.json --once --leave',
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
    .option('--state-dir <folder>', 'where the identity is saved (default: ~/.local/share/tributary)')
    .option('--once', 'end when a run has ended; exit code 3 when it failed or was cancelled')
    .option('--leave', 'leave the federation for good when this command ends')
  defineAction<JoinOptions>(command, surroundings, async ({ options, printer }) => {
    const { takePart } = await import('../institution/take-part.ts')
    return takePart(options, printer)
  })
}
