import { type Command, Option } from 'commander'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { port, positive } from './values.ts'
import { type PeerOptions, type StateLockOptions, withPeers, withStateLock } from './vertical-options.ts'

export interface KeyServiceCommandOptions extends PeerOptions, StateLockOptions {
  readonly url: string
  readonly name: string
  readonly invite?: true
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly approve?: true
  readonly approveInDashboard?: true
  readonly wait: number
  readonly logLevel: string
  readonly language?: string
}

export function defineKeyServiceCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'key-service',
    description:
      'run the trusted third party of vertical runs until Ctrl-C: it makes the keys, opens what the protocol allows, and keeps a ' +
      'signed log. At the first start the invite code is read from TRIBUTARY_INVITE, else asked for, and the tokens of its ' +
      'operator and its auditors are shown, once. Run it apart from the coordinator, under another operator',
    examples: [
      'tributary key-service --url https://fl.example.org --name keys --key-file /etc/tributary/key --peers peers.json',
      'TRIBUTARY_PASSPHRASE=… tributary key-service --url https://fl.example.org --name keys --peers peers.json --approve-in-dashboard < invite.txt',
      'tributary key-service --url https://fl.example.org --name keys --key-file key --peers peers.json --port 7421 --approve --json',
    ],
  })
    .requiredOption('--url <url>', 'address of the coordinator, which relays sealed messages')
    .requiredOption('--name <name>', "the key service's name in the federation")
    .option('--invite', 'ask for an invite code even if a membership is saved')
    .option('--data-dir <folder>', "its own folder, never the coordinator's", '.tributary/key-service')
    .option('--host <host>', 'address to serve its log on', '127.0.0.1')
    .option('--port <port>', 'port to serve its log on; 0 takes a free one', port, 7421)
    .option('--approve', 'sign every run that passes all checks; without it each is asked for on the terminal')
    .option('--approve-in-dashboard', 'sign what a person with an account of this institution approves in the dashboard')
    .option('--wait <seconds>', 'how long to try a coordinator that does not answer; exit code 4 after that', positive, 60)
    .addOption(
      new Option('--log-level <level>', 'what the log on stderr holds')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('warn'),
    )
  withPeers(withStateLock(command))
  defineAction<KeyServiceCommandOptions>(command, surroundings, async ({ options, printer }) => {
    const { serveKeyService } = await import('../vertical/serve-key-service.ts')
    return serveKeyService(options, printer)
  })
}
