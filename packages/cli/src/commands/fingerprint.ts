import type { Command } from 'commander'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { type StateLockOptions, withStateLock } from './vertical-options.ts'

export interface FingerprintOptions extends StateLockOptions {
  readonly stateDir?: string
  readonly name?: string
}

export function defineFingerprintCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'fingerprint',
    description:
      "show the fingerprint of a party's keys, which the others pin before they meet it in a vertical run; makes the identity when " +
      'there is none yet',
    examples: [
      'tributary fingerprint --name bank-a --key-file key',
      'TRIBUTARY_PASSPHRASE=… tributary fingerprint --state-dir /srv/bank-a --json',
    ],
  })
    .option('--name <name>', "the party's name, when its folder is the default one")
    .option('--state-dir <folder>', 'its state folder; for a key service its --data-dir')
  defineAction<FingerprintOptions>(withStateLock(command), surroundings, async ({ options, printer }) => {
    const { fingerprintOfFolder, spoken } = await import('../vertical/fingerprint.ts')
    const { folder, fingerprint } = await fingerprintOfFolder(options)
    printer.result({ folder, fingerprint }, [
      fingerprint,
      '',
      'Read it out to each of the others by telephone, on a number that you knew before, and let them read theirs out:',
      ...spoken(fingerprint),
      '',
      'They pin it with --peer NAME=FINGERPRINT or in a file for --peers. One that came by the coordinator proves nothing.',
    ])
    return undefined
  })
}
